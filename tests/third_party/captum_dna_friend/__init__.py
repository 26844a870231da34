"""One of everything that another package can add to captum_dna."""
