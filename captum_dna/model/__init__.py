"""A model and its tokenizer: how they are loaded, read and asked for logits."""
