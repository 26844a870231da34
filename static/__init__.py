"""The browser side: ES modules of the `<dna-view>` element, shared by notebook, page and report."""
