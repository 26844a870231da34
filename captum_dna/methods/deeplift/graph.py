"""Which operations behind a result DeepLIFT has no rule for, read off autograd's graph."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor
    from torch.autograd.graph import Node


def without_rule(result: Tensor) -> list[str]:
    """Return the names of operations behind a result that are neither linear nor had a rule.

    They are read off autograd's graph, so nothing escapes: neither compiled functions nor other people's.
    """
    seen: set[Node] = set()
    found: set[str] = set()
    waiting = [result.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        parents = [parent for parent, _ in node.next_functions if parent is not None]
        waiting += parents
        name = _plain(node.name())
        if name in _LINEAR or (name in _LINEAR_IN_EACH and len(parents) < 2):
            continue
        found.add(name)
    return sorted(found)


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    """Return the operation that a node of autograd's graph is named after."""
    return re.sub(r"Backward(Hook)?\d*$", "", name.rpartition("::")[2])


_LINEAR = frozenset(
    """
    AccumulateGrad _Node Add Sub Rsub Neg Sum Mean Cumsum Trace Mv Lerp
    View UnsafeView ReshapeAlias Reshape Transpose Permute T Mt Unsqueeze Squeeze Expand Repeat Tile Flip Roll
    Alias AsStrided Clone ToCopy Copy CopySlices CopyBackwards Contiguous Detach Real ViewAs
    Slice Select Index IndexSelect Gather Take Narrow Diagonal Unfold Split SplitWithSizes Chunk Unbind
    TensorSplit Cat Stack Hstack Vstack ConstantPadNd ReflectionPad1D ReplicationPad1D Tril Triu
    Where MaskedFill MaskedScatter MaskedSelect Scatter ScatterAdd IndexPut IndexAdd IndexCopy IndexFill
    SelectScatter SliceScatter Fill Zero Embedding AvgPool1D AvgPool2D AdaptiveAvgPool1D
    UpsampleNearest1D UpsampleLinear1D RepeatInterleave Movedim NativeDropout Dropout Identity
    FftR2C FftC2C FftC2R Complex ViewAsReal ViewAsComplex Imag Conj ResolveConj
    """.split()  # noqa: SIM905 - a page of names
)
"""Nodes of autograd whose gradient is their multiplier."""

_LINEAR_IN_EACH = frozenset(
    """
    Mul Div Mm Addmm Bmm Baddbmm Addbmm Addmv Dot Outer Linear MkldnnLinear Convolution
    ConvolutionOverrideable Addcmul NativeBatchNorm CudnnBatchNorm MiopenBatchNorm BatchNorm
    """.split()  # noqa: SIM905 - as above
)
"""Nodes that are linear as long as one operand alone lies on the path."""
