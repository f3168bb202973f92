#!/usr/bin/env python3
"""What Hugging Face's transformers make of conversations by chat templates, for the tests of `oracle/gateway/src/template`.

    python chat_templates.py > chat_templates.json

Made with Python 3.11, transformers 5.23.0, jinja2 3.1.6. The templates are written here after the forms that families of models use: turns between marks, a system text that is
put into the first turn, roles that must alternate, dates, and what Python's strings can do. `now` is the time that `strftime_now` tells, in UTC.
"""
import json
import os
import sys
from datetime import datetime, timezone

os.environ["HF_HUB_OFFLINE"] = "1"

import transformers
from tokenizers import Tokenizer
from tokenizers.models import BPE
from transformers import PreTrainedTokenizerFast
from transformers.utils import chat_template_utils

NOW = 1_722_003_133


class Fixed(datetime):
    """A clock that stands."""

    @classmethod
    def now(cls, tz=None):
        return datetime.fromtimestamp(NOW, timezone.utc)


chat_template_utils.datetime = Fixed

TURNS = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
DEFAULT_SYSTEM = """
{%- if tools %}
    {{- raise_exception("no tools here") }}
{%- endif %}
{%- if messages[0]['role'] != 'system' %}
    {{- '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) or (message.role == "assistant" and not message.tool_calls) %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == "system" %}
        {{- '<|im_start|>system\\n' + message.content + '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
"""
INSTRUCTIONS = (
    "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}"
    "{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}"
    "{% for message in loop_messages %}"
    "{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}"
    "{% if loop.index0 == 0 and system_message != false %}"
    "{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}"
    "{% else %}{% set content = message['content'] %}{% endif %}"
    "{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}"
    "{% elif message['role'] == 'assistant' %}{{ ' ' + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}"
)
DATED = """{{- bos_token }}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "26 Jul 2024" %}
    {%- endif %}
{%- endif %}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
{%- if tools is not none %}
    {{- "Environment: ipython\\n" }}
{%- endif %}
{{- "Today Date: " + date_string + "\\n\\n" }}
{{- system_message }}
{{- "<|eot_id|>" }}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
"""
SPACES = """{%- set ns = namespace(system='', turns=0, last=none) -%}
{%- for message in messages -%}
    {%- if message['role'] in ['system', 'developer'] -%}
        {%- set ns.system = ns.system ~ message['content'].strip() ~ '\\n' -%}
        {%- continue -%}
    {%- endif -%}
    {%- set ns.turns = ns.turns + 1 -%}
    {%- set ns.last = message -%}
{%- endfor -%}
{{ bos_token }}{{ ns.system }}{{ ns.turns }} turns|{{ ns.last['role'].upper() }}|
{%- for message in messages if message['role'] != 'system' -%}
    {%- set role = 'model' if message['role'] == 'assistant' else message['role'] -%}
    <start_of_turn>{{ role.title() }}
{{ message['content'].split('</think>')[-1].lstrip('\\n') }}<end_of_turn>
{% endfor -%}
<start_of_turn>model
"""
BLOCKS = """{% macro turn(role, text) %}
<|{{ role }}|>
{{ text }}{{ eos_token }}
{% endmacro %}
{% for message in messages %}
    {% if message.content is string and message.content | length > 0 %}
{{ turn(message.role, message.content) }}
    {% endif %}
    {% if loop.last and add_generation_prompt %}
<|assistant|>
    {% endif %}
{% endfor %}
"""
PYTHON = """{{ messages | tojson }}
{{ messages[0] | tojson(indent=2) }}
{{ messages | map(attribute='role') | join(',') }} {{ messages | selectattr('role', 'equalto', 'user') | list | length }}
{%- for key, value in messages[-1].items() %} {{ key }}={{ value.replace('a', 'e') | upper }}{% endfor %}
{{ 'x'.join(['a', 'b']) }} {{ "Über".startswith("Ü") }} {{ messages[::-1][0]['role'] }} {{ (messages | last).role.endswith('t') }}
{{ none }} {{ undefined_thing }} {{ true and 1 }} {{ 1 == 1 }} {{ false }} {{ 7 // 2 }} {{ 2 ** 5 }} {{ "%s-%d" | format("a", 3) }}
{{ pad_token }}"""

SAID = {
    "one": [("user", "What is light?")],
    "system": [("system", " Be brief. "), ("user", "What is\nlight?\n")],
    "turns": [("user", "Hello"), ("assistant", "<think>hm</think>\n\nHi é \"there\" & <b>"), ("user", "Go on, then")],
    "wrong": [("user", "a"), ("user", "b")],
}
TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
TEMPLATES = {
    "turns": TURNS,
    "default-system": DEFAULT_SYSTEM,
    "instructions": INSTRUCTIONS,
    "dated": DATED,
    "spaces": SPACES,
    "blocks": BLOCKS,
    "python": PYTHON,
}


def rendered(template, messages):
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(BPE()), **TOKENS)
    tokenizer.chat_template = template
    messages = [{"role": role, "content": content} for role, content in messages]
    try:
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        return {"text": text}
    except Exception as error:
        return {"error": str(error)}


cases = [
    {"name": f"{name}/{said}", "template": template, "messages": messages, **rendered(template, messages)}
    for name, template in TEMPLATES.items()
    for said, messages in SAID.items()
]
made = {"transformers": transformers.__version__, "now": NOW, "tokens": TOKENS, "cases": cases}
json.dump(made, sys.stdout, indent=1, ensure_ascii=False)
print()
