"""What a class of Transformers is for, read off its name: which of them answer once per sequence."""

from __future__ import annotations

import re

_TASKS = {
    "MaskedLM": "a masked-language model, which scores every word of its vocabulary at every position",
    "CausalLM": "a language model, which scores the next token at every position",
    "LMHeadModel": "a language model, which scores the next token at every position",
    "PreTraining": "a model for pre-training, which does not predict a class of the sequence",
    "ConditionalGeneration": "a model that writes a sequence",
    "TokenClassification": "a token classifier, which gives an output for each token",
    "QuestionAnswering": "a model that marks the start and the end of an answer",
    "MultipleChoice": "a model that chooses among several texts",
    "NextSentencePrediction": "a model that compares two sequences",
    "Model": "a base model without a classification head",
}

_BODIES = ("MaskedLM", "CausalLM", "LMHeadModel", "PreTraining", "ConditionalGeneration", "Model")
"""Tasks whose heads have names and shapes of their own, so that no sequence classifier takes them for its own."""


def task_of(architecture: str) -> str | None:
    """Return the task that the name of a class ends in, ``None`` for sequence classifiers and names of one's own.

    Examples
    --------
    >>> task_of("BertForTokenClassification"), task_of("BertModel"), task_of("EsmForSequenceClassification")
    ('TokenClassification', 'Model', None)
    """
    named = re.search(r"(?:For([A-Z]\w*)|(LMHeadModel|Model))$", architecture)
    task = named and (named[1] or named[2])
    return None if task in (None, "SequenceClassification") else task


def words_for(architecture: str) -> str:
    """Return what a class is in words, such as "BertModel, a base model without a classification head"."""
    task = task_of(architecture) or ""
    return f"{architecture}, {_TASKS.get(task, 'a model for another task than classifying sequences')}"


def has_a_head_of_its_own(architecture: str) -> bool:
    """Tell whether a checkpoint holds a head for another task, whose weights a classifier could take for its own."""
    task = task_of(architecture)
    return task is not None and task not in _BODIES
