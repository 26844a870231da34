"""The addresses of a viewer, a blueprint per topic."""

from captum_dna.insights.routes.about import about
from captum_dna.insights.routes.data import data
from captum_dna.insights.routes.experiments import experiments
from captum_dna.insights.routes.exports import exports
from captum_dna.insights.routes.genome import genome
from captum_dna.insights.routes.jobs import jobs
from captum_dna.insights.routes.page import page
from captum_dna.insights.routes.scores import scores
from captum_dna.insights.routes.summary import summary

BLUEPRINTS = (page, about, data, scores, summary, experiments, exports, jobs, genome)
