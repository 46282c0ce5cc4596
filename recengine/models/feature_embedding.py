"""Features of people or items as vectors. Unknown is a value like any other, and met in training.

Shapes: N entities, C feature columns, D dimensions.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from recengine.data.encoders import FIRST_KNOWN, MISSING, Encoded

if TYPE_CHECKING:
    from scipy.sparse import csr_array

RIDGE = 1.0  # in squared one-hot weights: one entity with a value moves its vector half the way
WIDEST_BAG = 16  # values of one multi-valued feature that are read


@dataclass(frozen=True)
class FeatureTensors:
    """Encoded features on the device.

    Attributes:
        codes_NF: int64, categorical columns, then every multi-valued column's values padded
            to a fixed width with -1; codes already shifted into one common vocabulary.
        columns_F: int64, the feature column of each code.
        numbers_NG, present_NG, vectors_NV: float32, as in Encoded.
    """

    codes_NF: Tensor
    columns_F: Tensor
    numbers_NG: Tensor
    present_NG: Tensor
    vectors_NV: Tensor

    @classmethod
    def of(cls, encoded: Encoded, device: str) -> FeatureTensors:
        """Pad the bags, shift the codes, move to the device."""
        blocks, columns, shift = [], [], 0
        for column, size in enumerate(encoded.sizes):
            blocks.append(encoded.codes_NF[:, column : column + 1].astype(np.int64) + shift)
            columns.append(column)
            shift += size
        for column, (bag, size) in enumerate(
            zip(encoded.bags, encoded.bag_sizes, strict=True), start=len(encoded.sizes)
        ):
            width = int(min(WIDEST_BAG, bag.lengths.max(initial=1)))
            padded = np.full((len(encoded), width), -1, np.int64)
            place = np.arange(len(bag.values)) - np.repeat(bag.offsets[:-1], bag.lengths)
            kept = place < width
            padded[bag.rows[kept], place[kept]] = bag.values[kept] + shift
            blocks.append(padded)
            columns.extend([column] * width)
            shift += size
        codes = np.concatenate(blocks, 1) if blocks else np.zeros((len(encoded), 0), np.int64)
        return cls(
            torch.from_numpy(codes).to(device),
            torch.tensor(columns, dtype=torch.int64, device=device),
            torch.from_numpy(encoded.numbers_NG).to(device),
            torch.from_numpy(encoded.present_NG.astype(np.float32)).to(device),
            torch.from_numpy(encoded.vectors_NV).to(device),
        )

    @classmethod
    def of_arrays(cls, arrays: dict[str, NDArray[Any]]) -> FeatureTensors:
        """What `arrays` gave."""
        return cls(**{name: torch.from_numpy(value) for name, value in arrays.items()})

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All tensors by name."""
        return {name: getattr(self, name).cpu().numpy() for name in _NAMES}

    def to(self, device: str) -> FeatureTensors:
        """The same on another device."""
        return FeatureTensors(**{name: getattr(self, name).to(device) for name in _NAMES})

    def __len__(self) -> int:
        return len(self.codes_NF)

    def rows(self, chosen: Tensor) -> FeatureTensors:
        """The features of some of the entities."""
        return FeatureTensors(
            self.codes_NF[chosen],
            self.columns_F,
            self.numbers_NG[chosen],
            self.present_NG[chosen],
            self.vectors_NV[chosen],
        )

    def with_rows(self, chosen: Tensor, described: FeatureTensors) -> FeatureTensors:
        """The same entities, some of them with other features; with room for the longest of all bags."""
        counts_C = torch.maximum(torch.bincount(self.columns_F), torch.bincount(described.columns_F))
        columns_F = torch.arange(len(counts_C), device=counts_C.device).repeat_interleave(counts_C)
        codes_NF = self._codes_in(columns_F)
        codes_NF[chosen] = described._codes_in(columns_F)
        tables = [self.numbers_NG.clone(), self.present_NG.clone(), self.vectors_NV.clone()]
        for table, rows in zip(
            tables, (described.numbers_NG, described.present_NG, described.vectors_NV), strict=True
        ):
            table[chosen] = rows
        return FeatureTensors(codes_NF, columns_F, *tables)

    def _codes_in(self, columns_F: Tensor) -> Tensor:
        """The codes with at least as much room a column, shape (N, len(columns_F))."""
        own_F = self.columns_F
        place_in_column_F = torch.arange(len(own_F), device=own_F.device) - torch.searchsorted(own_F, own_F)
        codes_NF = self.codes_NF.new_full((len(self), len(columns_F)), -1)
        codes_NF[:, torch.searchsorted(columns_F, own_F) + place_in_column_F] = self.codes_NF
        return codes_NF

    def design(self, num_codes: int) -> csr_array:
        """A column per code, number and dimension, of which a `FeatureEmbedding` is linear; shape (N, F).

        Args:
            num_codes: how many codes there are in all columns together.
        """
        from scipy.sparse import csr_array, hstack

        codes_NF, columns_F = self.codes_NF.cpu().numpy(), self.columns_F.cpu().numpy()
        row, place = np.nonzero(codes_NF >= 0)
        column, code = columns_F[place], codes_NF[row, place]
        key = row * (int(columns_F.max(initial=0)) + 1) + column
        share = 1.0 / np.bincount(key)[key] if len(key) else np.zeros(0)
        coded = csr_array((share, (row, code)), shape=(len(self), num_codes))
        numbers = [self.numbers_NG, self.present_NG, self.vectors_NV]
        return csr_array(hstack([coded, *(csr_array(part.cpu().numpy()) for part in numbers)]))


_NAMES = [entry.name for entry in fields(FeatureTensors)]


@dataclass(frozen=True)
class Foretelling:
    """Where entities are to be expected by their features, by ridge regression on the known ones."""

    weight_FD: NDArray[np.float64]
    start_D: NDArray[np.float64]
    num_codes: int

    @classmethod
    def of(
        cls, features: FeatureTensors, num_codes: int, known_N: NDArray[np.bool_], vectors_ND: Tensor
    ) -> Foretelling:
        """Learnt from the vectors of the known ones."""
        from sklearn.linear_model import Ridge

        design = features.design(num_codes)
        ridge = Ridge(alpha=RIDGE, solver="lsqr").fit(design[known_N], vectors_ND.cpu().numpy()[known_N])
        return cls(ridge.coef_.T, ridge.intercept_, num_codes)

    def vectors(self, features: FeatureTensors) -> Tensor:
        """Shape (N, D)."""
        expected_ND = features.design(self.num_codes) @ self.weight_FD + self.start_D
        return torch.from_numpy(expected_ND.astype(np.float32)).to(features.codes_NF.device)


class FeatureEmbedding(nn.Module):
    """The sum of one vector per feature column; a column left out in training reads as missing."""

    missing: Tensor

    def __init__(self, encoded: Encoded, dims: int, *, std: float) -> None:
        super().__init__()
        sizes = [*encoded.sizes, *encoded.bag_sizes]
        self.num_columns = len(encoded.columns)
        starts = np.concatenate([[0], np.cumsum(sizes)])[:-1] + MISSING
        self.register_buffer("missing", torch.tensor(starts, dtype=torch.int64), persistent=False)
        self.values = nn.Embedding(max(1, sum(sizes)), dims)
        nn.init.normal_(self.values.weight, std=std)
        num_numbers, num_vectors = len(encoded.numeric), encoded.vectors_NV.shape[1]
        self.numbers = nn.Linear(2 * num_numbers, dims, bias=False) if num_numbers else None
        self.vectors = nn.Linear(num_vectors, dims, bias=False) if num_vectors else None
        for layer in (self.numbers, self.vectors):
            if layer is not None:
                nn.init.normal_(layer.weight, std=std)

    def forward(
        self, features: FeatureTensors, dropout: float = 0.0, generator: torch.Generator | None = None
    ) -> Tensor:
        """Shape (N, D). With `dropout`, each entity's columns are left out at random."""
        device = features.codes_NF.device
        keep_NC = torch.ones(len(features), self.num_columns, dtype=torch.bool, device=device)
        if dropout and self.training:
            draw = torch.rand(keep_NC.shape, generator=generator, device=device)
            keep_NC = draw >= dropout
        total = torch.zeros(len(features), self.values.embedding_dim, device=device)
        if features.codes_NF.shape[1]:
            total = total + self._coded(features, keep_NC)
        first_number = len(self.missing)
        if self.numbers is not None:
            count = features.numbers_NG.shape[1]
            keep_NG = keep_NC[:, first_number : first_number + count].float()
            inputs = torch.cat([features.numbers_NG * keep_NG, features.present_NG * keep_NG], 1)
            total = total + self.numbers(inputs)
        if self.vectors is not None:
            total = total + self.vectors(features.vectors_NV * keep_NC[:, -1:].float())
        return total

    def without(self, features: FeatureTensors, hidden_NC: Tensor) -> FeatureTensors:
        """The same entities with some columns missing; all texts and vectors together are the last one."""
        columns_F, numbers = features.columns_F, features.numbers_NG.shape[1]
        first_F = torch.diff(columns_F, prepend=columns_F.new_full((1,), -1)) != 0
        missing_F = torch.where(first_F, self.missing[columns_F], -1)
        first_number = len(self.missing)
        keep_NG = ~hidden_NC[:, first_number : first_number + numbers]
        return FeatureTensors(
            torch.where(hidden_NC[:, columns_F], missing_F, features.codes_NF),
            columns_F,
            features.numbers_NG * keep_NG,
            features.present_NG * keep_NG,
            features.vectors_NV * ~hidden_NC[:, -1:] if features.vectors_NV.shape[1] else features.vectors_NV,
        )

    def known(self, features: FeatureTensors) -> NDArray[np.bool_]:
        """Which columns are not missing, shape (N, categorical + multi-valued + numeric + 1).

        All texts and vectors together are the last one.
        """
        coded_NF = features.codes_NF > self.missing[features.columns_F]
        count_NC = torch.zeros(len(features), len(self.missing), device=coded_NF.device)
        count_NC.index_add_(1, features.columns_F, coded_NF.float())
        vectors_N1 = (features.vectors_NV != 0).any(1, keepdim=True)
        known_NC: NDArray[np.bool_] = (
            torch.cat([count_NC > 0, features.present_NG > 0, vectors_N1], 1).cpu().numpy()
        )
        return known_NC

    def described(self, features: FeatureTensors) -> NDArray[np.bool_]:
        """Of whom anything is known that training knew as well, shape (N,)."""
        codes_NF = features.codes_NF - self.missing[features.columns_F]
        known_N = (codes_NF >= FIRST_KNOWN).any(1)
        known_N = known_N | (features.present_NG > 0).any(1) | (features.vectors_NV != 0).any(1)
        described_N: NDArray[np.bool_] = known_N.cpu().numpy()
        return described_N

    def _coded(self, features: FeatureTensors, keep_NC: Tensor) -> Tensor:
        """Categorical and multi-valued columns; the values of one bag are averaged."""
        codes_NF, columns_F = features.codes_NF, features.columns_F
        real_NF = codes_NF >= 0
        codes_NF = torch.where(keep_NC[:, columns_F], codes_NF, self.missing[columns_F])
        count_NC = torch.zeros(keep_NC.shape, device=codes_NF.device).index_add_(
            1, columns_F, real_NF.float()
        )
        share_NF = real_NF / count_NC[:, columns_F].clamp(min=1)
        return torch.einsum("nfd,nf->nd", self.values(codes_NF.clamp(min=0)), share_NF)
