"""What a variant changes in a model's output, and where the model reads it."""
