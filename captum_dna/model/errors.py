"""What is raised for a model that cannot be explained as it stands."""

from captum_dna.core.errors import UserError


class ModelError(UserError):
    """A model that cannot be explained as it stands, and what to do about it."""
