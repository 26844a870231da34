"""Networks that Transformers lacks, as plain torch modules: heads on bodies, and stand-ins for published ones."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - its usual name

if TYPE_CHECKING:
    from torch import Tensor


class LastTokenHead(nn.Module):
    """A linear head on the last token of a body of Transformers, as people write it for Mamba."""

    def __init__(self, body: nn.Module, labels: int) -> None:
        super().__init__()
        self.body = body
        self.score = nn.Linear(body.config.hidden_size, labels, bias=False)

    def get_input_embeddings(self) -> nn.Module:
        return self.body.get_input_embeddings()

    def forward(self, input_ids: Tensor) -> Tensor:
        return self.score(self.body(input_ids).last_hidden_state[:, -1])


class Hyena(nn.Module):
    """Long convolutions gated by the data, as in HyenaDNA; takes no mask and gives its mean over the tokens."""

    def __init__(self, vocabulary: int, labels: int, size: int = 12, longest: int = 256) -> None:
        super().__init__()
        self.config = SimpleNamespace(max_seq_len=longest)
        self.word_embeddings = nn.Embedding(vocabulary, size)
        self.into = nn.Linear(size, 3 * size)
        self.short = nn.Conv1d(3 * size, 3 * size, 3, padding=2, groups=3 * size)
        self.filter = nn.Parameter(torch.zeros(size, longest))
        self.out = nn.Linear(size, size)
        self.norm = nn.LayerNorm(size)
        self.score = nn.Linear(size, labels)

    def forward(self, input_ids: Tensor) -> Any:
        hidden = self.word_embeddings(input_ids)
        length = hidden.shape[1]
        first, second, value = self.short(self.into(hidden).transpose(1, 2))[..., :length].chunk(3, dim=1)
        decay = torch.arange(length, device=hidden.device, dtype=hidden.dtype).mul(-0.1).exp()
        spectrum = torch.fft.rfft(self.filter[:, :length] * decay, n=2 * length)
        mixed = torch.fft.irfft(torch.fft.rfft(value * first, n=2 * length) * spectrum, n=2 * length)
        hidden = self.norm(hidden + self.out((mixed[..., :length] * second).transpose(1, 2)))
        return SimpleNamespace(logits=self.score(hidden.mean(1)))


class BothStrandsEmbedding(nn.Module):
    """Caduceus' embedding: the sequence and its reverse complement side by side, from one table read twice."""

    def __init__(self, size: int, complement: list[int]) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(complement), size)
        self.register_buffer("complement", torch.tensor(complement))

    def forward(self, input_ids: Tensor) -> Tensor:
        other = self.embedding(self.complement[input_ids].flip(-1)).flip(-2, -1)
        return torch.cat([self.embedding(input_ids), other], dim=-1)


class Caduceus(nn.Module):
    """Both strands read by the same gated recurrence and summed, so that the answer is that of either strand."""

    def __init__(self, complement: list[int], labels: int, size: int = 10) -> None:
        super().__init__()
        self.backbone = nn.Module()
        self.backbone.embeddings = BothStrandsEmbedding(size, complement)
        self.mixer = nn.GRU(size, size, batch_first=True)
        self.score = nn.Linear(size, labels)

    def get_input_embeddings(self) -> nn.Module:
        return self.backbone.embeddings.embedding

    def forward(self, input_ids: Tensor) -> Any:
        own, other = self.backbone.embeddings(input_ids).chunk(2, dim=-1)
        read = self.mixer(own)[0].mean(1) + self.mixer(other.flip(-2, -1))[0].mean(1)
        return SimpleNamespace(logits=self.score(read))


class ConvNet(nn.Module):
    """A convolutional network over one-hot bases (B, 4, L), as thousands were trained before language models."""

    def __init__(self, labels: int, width: int = 7) -> None:
        super().__init__()
        self.motifs = nn.Conv1d(4, 12, width, padding="same")
        self.mix = nn.Conv1d(12, 8, 5, padding="same")
        self.score = nn.Linear(8, labels)

    def forward(self, one_hot: Tensor) -> Tensor:
        hidden = F.max_pool1d(F.relu(self.motifs(one_hot)), 2)
        return self.score(torch.tanh(self.mix(hidden)).mean(-1))
