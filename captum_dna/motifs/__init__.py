"""Motifs in the scores: seqlets, their names, motif instances, and motifs discovered de novo.

Needs the extra ``motifs``: ``pip install 'captum_dna[motifs]'``.
"""

from captum_dna.motifs.discovery import modisco
from captum_dna.motifs.meme import MotifError
from captum_dna.motifs.naming import name_seqlets
from captum_dna.motifs.scanning import scan
from captum_dna.motifs.seqlets import find_seqlets
from captum_dna.motifs.tracks import with_track

__all__ = ["MotifError", "find_seqlets", "modisco", "name_seqlets", "scan", "with_track"]
