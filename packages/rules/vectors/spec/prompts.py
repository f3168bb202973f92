"""docs/gateway.md: the template `chat/1`, and which texts are no prompts."""

from .items import text_bytes

SEPARATOR = "\x1f"

TEXTS = ["the ray of", " \r\nWhat is\r\nlight?\t", "e\u0301te\u0301", "\u00a0\u3000", "", "a" + SEPARATOR + "b", "\U0001f308 \u0000 x"]

CONVERSATIONS = [
    [("user", "What is light?")],
    [("system", "Be brief."), ("user", " What is\r\nlight? "), ("assistant", "Motion."), ("user", "e\u0301")],
    [("developer", ""), ("user", "x")],
    [("user", "")],
    [("system", "\u2003"), ("user", "\n")],
    [("user", "a" + SEPARATOR)],
    [],
]


def prompt(text):
    """None for what is no prompt."""
    if SEPARATOR in text:
        return None
    return text_bytes(text) or None


def conversation(messages):
    if not any(text_bytes(content) for _, content in messages):
        return None
    lines = "".join(f"{role}: {content}\n" for role, content in messages)
    return prompt(lines + "assistant:")


def outcome(found):
    return {"error": "no prompt"} if found is None else {"prompt": found.hex()}


def cases():
    for text in TEXTS:
        yield {"kind": "text", "text": text, **outcome(prompt(text))}
    for messages in CONVERSATIONS:
        said = [{"role": role, "content": content} for role, content in messages]
        yield {"kind": "conversation", "messages": said, **outcome(conversation(messages))}
