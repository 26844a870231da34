"""Attribution methods by name; each lives in a file of its own and obeys one small protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from captum_dna.core.registry import Registry

if TYPE_CHECKING:
    from captum_dna.engine.protocol import Method

METHODS: Registry[type[Method]] = Registry(
    "method",
    "captum_dna.methods",
    {
        "integrated_gradients": "captum_dna.methods.integrated_gradients:IntegratedGradients",
        "deeplift": "captum_dna.methods.deeplift.method:DeepLift",
        "nucleotide_gradients": "captum_dna.methods.nucleotide_gradients:NucleotideGradients",
        "expected_gradients": "captum_dna.methods.expected_gradients:ExpectedGradients",
        "gradient_shap": "captum_dna.methods.gradient_shap:GradientShap",
        "smoothgrad": "captum_dna.methods.smoothgrad:SmoothGrad",
        "input_x_gradient": "captum_dna.methods.input_x_gradient:InputXGradient",
        "saliency": "captum_dna.methods.saliency:Saliency",
        "base_mask": "captum_dna.methods.base_mask:BaseMask",
        "occlusion": "captum_dna.methods.occlusion:Occlusion",
        "ism": "captum_dna.methods.ism:InSilicoMutagenesis",
        "attention_rollout": "captum_dna.methods.attention_rollout:AttentionRollout",
        "layer_conductance": "captum_dna.methods.captum_layers:LayerConductance",
    },
    needs=("name", "explain", "complete", "signed", "on_path", "compares_with", "scores", "cost", "citation"),
)
"""All methods, the reference first; open to other packages by the entry points ``captum_dna.methods``."""
