"""From labelled sequences to a classifier: data parts, random changes, new models, metrics and the loop."""

from captum_dna.training.augmentation import Augmentation
from captum_dna.training.finetuning import Finetuned, finetune
from captum_dna.training.folder import TrainingError
from captum_dna.training.metrics import classification_metrics
from captum_dna.training.scratch import from_scratch
from captum_dna.training.splits import split

__all__ = [
    "Augmentation",
    "Finetuned",
    "TrainingError",
    "classification_metrics",
    "finetune",
    "from_scratch",
    "split",
]
