"""What other libraries say, in one sentence of ours."""

from __future__ import annotations

import pytest

from captum_dna.model.errors import ModelError, explained, reason


def test_a_long_message_ends_with_a_whole_sentence_or_word():
    told = "The library is missing. It reads pictures. " + "Please read all of this and restart. " * 20
    assert reason(ImportError(told)).endswith("restart")
    assert reason(ImportError(told)).startswith("The library is missing. It reads pictures. Please")
    assert reason(ValueError("word " * 100)).endswith(" word")
    assert reason(ValueError("A short one.")) == "A short one"


def test_a_missing_library_is_to_be_installed_and_nothing_else():
    def load(error):
        with explained("No model could be loaded from here", "Compare its config.json."):
            raise error

    with pytest.raises(
        ModelError, match=r"from here: It needs detectron2\. Install what it needs"
    ) as refused:
        load(ImportError("It needs detectron2."))
    assert "config.json" not in str(refused.value)
    with pytest.raises(ModelError, match=r"from here: no such size\. Compare its config\.json\."):
        load(ValueError("no such size"))
