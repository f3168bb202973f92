"""What people write who use the package `openai`: nothing here knows that its calls are paid one by one.

Arguments: a model's name, the address of a payer, and that of one whose budget is soon spent.
"""

import asyncio
import sys

import openai
from openai import AsyncOpenAI, OpenAI

model, rich, poor = sys.argv[1:]
prompt = "ray beam prism lens glass colour violet"
messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": prompt}]


def of(address):
    return OpenAI(base_url=address + "/v1", api_key="unused")


def check_completions(client):
    plain = dict(model=model, prompt=prompt, max_tokens=24, temperature=0)
    whole = client.completions.create(**plain)
    text = whole.choices[0].text
    assert whole.object == "text_completion" and text, whole
    assert whole.choices[0].finish_reason in ("stop", "length"), whole
    assert whole.usage.completion_tokens <= 24, whole
    assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens, whole
    told, used = "", []
    for chunk in client.completions.create(**plain, stream=True, stream_options={"include_usage": True}):
        told += "".join(choice.text for choice in chunk.choices)
        used += [chunk.usage] if chunk.usage else []
    assert told == text, (told, text)
    assert [one.total_tokens for one in used] == [whole.usage.total_tokens], used

    likely = client.completions.create(**plain, logprobs=2).choices[0]
    assert "".join(likely.logprobs.tokens) == likely.text == text, likely
    assert all(logprob <= 0 for logprob in likely.logprobs.token_logprobs), likely
    assert all(len(others) >= 1 for others in likely.logprobs.top_logprobs), likely

    stop = text[len(text) // 2 : len(text) // 2 + 3]
    stopped = client.completions.create(**plain, stop=[stop]).choices[0]
    assert stopped.text == text[: text.index(stop)] and stopped.finish_reason == "stop", (stopped, text, stop)


def check_chats(client):
    plain = dict(model=model, messages=messages, max_tokens=16, temperature=0)
    whole = client.chat.completions.create(**plain)
    text = whole.choices[0].message.content
    assert whole.object == "chat.completion" and text, whole
    assert whole.choices[0].message.role == "assistant", whole
    told, used = "", []
    with client.chat.completions.create(**plain, stream=True, stream_options={"include_usage": True}) as stream:
        for chunk in stream:
            assert chunk.object == "chat.completion.chunk", chunk
            told += "".join(choice.delta.content or "" for choice in chunk.choices)
            used += [chunk.usage] if chunk.usage else []
    assert told == text, (told, text)
    assert len(used) == 1 and used[0].completion_tokens == whole.usage.completion_tokens, used
    likely = client.chat.completions.create(**plain, logprobs=True, top_logprobs=2).choices[0].logprobs.content
    assert "".join(one.token for one in likely) == text, likely
    assert all(one.logprob <= 0 and len(one.top_logprobs) == 2 for one in likely), likely
    newer = dict(plain, max_completion_tokens=plain["max_tokens"])
    del newer["max_tokens"]
    assert client.chat.completions.create(**newer).choices[0].message.content == text


def check_refusals(client):
    try:
        client.completions.create(model=model, prompt="ray of light " * 200, max_tokens=5)
        raise AssertionError("a prompt beyond the context was answered")
    except openai.BadRequestError as error:
        assert error.code == "context_length_exceeded", error
    try:
        client.chat.completions.create(model="nobody", messages=messages)
        raise AssertionError("a model that is not there has answered")
    except openai.NotFoundError as error:
        assert error.code == "model_not_found", error


def spend_all(client):
    """Calls until the budget of the day is spent."""
    calls = 0
    try:
        for calls in range(50):
            client.completions.create(model=model, prompt=f"{prompt} {calls}", max_tokens=8)
    except openai.APIStatusError as error:
        assert error.status_code == 402 and error.code == "insufficient_quota", error
        return calls
    raise AssertionError("a budget of a few calls lasted for fifty")


async def ask_at_once(address, count):
    async with AsyncOpenAI(base_url=address + "/v1", api_key="unused") as client:
        asked = [client.completions.create(model=model, prompt=f"{prompt} {n}", max_tokens=12) for n in range(count)]
        return await asyncio.gather(*asked)


client = of(rich)
assert [one.id for one in client.models.list()] == [model]
assert client.models.retrieve(model).id == model
check_completions(client)
check_chats(client)
check_refusals(client)
answers = asyncio.run(ask_at_once(rich, 8))
assert len({answer.id for answer in answers}) == 8, answers
spent = spend_all(of(poor))
assert spent >= 1, "the budget did not last for a single call"
print(f"openai {openai.__version__}: all answered as expected; the small budget lasted for {spent} calls")
