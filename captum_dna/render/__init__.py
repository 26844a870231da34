"""From results to pictures: the interactive element, static figures and Captum's own records."""
