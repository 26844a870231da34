"""Attribution methods by name; each lives in a file of its own and obeys one small protocol."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from captum_dna.methods.attention_rollout import AttentionRollout
from captum_dna.methods.base_mask import BaseMask
from captum_dna.methods.captum_layers import LRP_REFUSAL, LayerConductance, captum_method
from captum_dna.methods.deeplift.method import DeepLift
from captum_dna.methods.expected_gradients import ExpectedGradients
from captum_dna.methods.gradient_shap import GradientShap
from captum_dna.methods.input_x_gradient import InputXGradient
from captum_dna.methods.integrated_gradients import IntegratedGradients
from captum_dna.methods.ism import InSilicoMutagenesis
from captum_dna.methods.nucleotide_gradients import NucleotideGradients
from captum_dna.methods.occlusion import Occlusion
from captum_dna.methods.saliency import Saliency
from captum_dna.methods.smoothgrad import SmoothGrad

if TYPE_CHECKING:
    from captum_dna.engine.protocol import Method

METHODS: dict[str, type[Method]] = {
    method.name: method
    for method in (
        IntegratedGradients,
        DeepLift,
        NucleotideGradients,
        ExpectedGradients,
        GradientShap,
        SmoothGrad,
        InputXGradient,
        Saliency,
        BaseMask,
        Occlusion,
        InSilicoMutagenesis,
        AttentionRollout,
        LayerConductance,
    )
}


def find_method(method: str | type | Method, options: dict[str, Any] | None = None) -> Method:
    """Return the method of this name with its options, or the method object given.

    A class of Captum's, such as ``captum.attr.LayerDeepLift``, becomes a method that lets Captum compute.

    Raises
    ------
    ValueError
        No such method, or no such option; the message lists what there is.
    """
    options = options or {}
    if isinstance(method, type):
        return captum_method(method, options)
    if not isinstance(method, str):
        if options:
            raise ValueError(
                f"Give the options to the method object itself, not beside it: {', '.join(options)}."
            )
        return method
    if "lrp" in method.lower() or "relevance_propagation" in method.lower():
        raise ValueError(LRP_REFUSAL)
    if method not in METHODS:
        raise ValueError(f"There is no method {method!r}; choose one of {', '.join(METHODS)}.")
    chosen: Any = METHODS[method]
    known = [field.name for field in fields(chosen)]
    unknown = [name for name in options if name not in known]
    if unknown:
        has = f"its own options are {', '.join(known)}" if known else "it has no options of its own"
        raise ValueError(f"The method {method!r} has no option {unknown[0]!r}; {has}.")
    return chosen(**options)  # type: ignore[no-any-return]


def method_options(method: Method) -> dict[str, Any]:
    """Return the options that a method object has, by name."""
    return asdict(method)  # type: ignore[call-overload, no-any-return]
