"""What a variant changes in a model's answer, and where the model reads it."""
