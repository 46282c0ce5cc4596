"""Encoders: what is known of people or items, turned into numbers a model can read.

Letters in names: N entities, F categorical columns, G numeric columns, V text dimensions, T terms.

Fitted by scikit-learn on the training part only, kept as plain arrays and JSON. Missing and
unknown stay apart: a value nobody gave is code 0, a value training never saw is code 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.columns import Kind
from recengine.core.dataset import as_id
from recengine.core.ragged import Ragged, row_offsets

MISSING, UNKNOWN, FIRST_KNOWN = 0, 1, 2  # codes of categorical and multi-valued columns
SEPARATOR = "|"  # between the values of a multi-valued column
MIN_COUNT = 2  # a value only one entity has is its id in disguise: learnt as "unknown"
MAX_TERMS = 20_000  # words kept of text columns, the most frequent ones
TextSpace = tuple[list[str], NDArray[np.float64], NDArray[np.float32]]  # terms, weights_T, components_VT
MAX_SCALED = 10.0  # standard deviations beyond which a number says no more


@dataclass(frozen=True)
class Encoded:
    """N entities as model inputs.

    Attributes:
        codes_NF: int32; per column 0 = missing, 1 = unknown value, 2.. = known ones.
        sizes: how many codes each categorical column has; an embedding needs that many rows.
        bags: one Ragged of codes per multi-valued column, never an empty row (missing: one 0).
        bag_sizes: how many codes each multi-valued column has.
        numbers_NG: float32, scaled to mean 0 and deviation 1; 0 where missing.
        present_NG: False where the number is missing.
        vectors_NV: float32, all text columns together, then each column that holds vectors; of
            length 1 each, zeros where missing.
    """

    categorical: list[str]
    codes_NF: NDArray[np.int32]
    sizes: list[int]
    multi: list[str]
    bags: list[Ragged]
    bag_sizes: list[int]
    numeric: list[str]
    numbers_NG: NDArray[np.float32]
    present_NG: NDArray[np.bool_]
    text: list[str]
    vector: list[str]
    vectors_NV: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.codes_NF)

    @property
    def columns(self) -> list[str]:
        """Every column that was encoded: categorical, multi-valued, numeric, text, vectors."""
        return [*self.categorical, *self.multi, *self.numeric, *self.text, *self.vector]


@dataclass(frozen=True)
class Encoder:
    """What was learnt about the columns of one table; `fit` makes it, `transform` uses it.

    Attributes:
        vocabularies: per categorical or multi-valued column its known values; the first has
            code 2.
        means, deviations: of the numeric columns, shape (G,).
        terms, weights_T, components_VT: the TF-IDF vocabulary and the SVD of the text columns.
        widths: how many numbers each column of vectors has.
    """

    categorical: list[str]
    multi: list[str]
    numeric: list[str]
    text: list[str]
    vocabularies: dict[str, list[str]]
    means_G: NDArray[np.float64]
    deviations_G: NDArray[np.float64]
    terms: list[str] = field(default_factory=list)
    weights_T: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    components_VT: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    widths: dict[str, int] = field(default_factory=dict)

    @classmethod
    def fit(
        cls,
        features: pd.DataFrame,
        kinds: dict[str, Kind],
        *,
        text_dims: int = 32,
        min_count: int = MIN_COUNT,
        seed: int = 0,
    ) -> Encoder:
        """Learn vocabularies, scales and the text space from these entities.

        Args:
            features: raw values, one row an entity; missing = NaN or None.
            kinds: how each column is read; columns not named are ignored.
            text_dims: dimensions of the text space; fewer where there is little text.
            min_count: a categorical value fewer entities than this have counts as unknown.
        """
        named = {kind: [c for c, k in kinds.items() if k == kind and c in features] for kind in KINDS}
        categorical, multi = named["categorical"], named["multi"]
        values = {c: _texts(features[c]).dropna() for c in categorical}
        values |= {c: _exploded(features[c]).dropna() for c in multi}
        means_G, deviations_G = _scales(features, named["numeric"])
        terms, weights_T, components_VT = _text_space(features, named["text"], text_dims, seed)
        return cls(
            categorical=categorical,
            multi=multi,
            numeric=named["numeric"],
            text=named["text"],
            vocabularies={c: _vocabulary(column, min_count) for c, column in values.items()},
            means_G=means_G,
            deviations_G=deviations_G,
            terms=terms,
            weights_T=weights_T,
            components_VT=components_VT,
            widths={c: _width(features[c]) for c in named["vector"]},
        )

    def transform(self, features: pd.DataFrame) -> Encoded:
        """These entities as model inputs; a column that is absent is missing for all."""
        codes = [self._codes(_texts(_column(features, c)), c) for c in self.categorical]
        numbers_NG = np.column_stack(
            [_numbers(_column(features, c)) for c in self.numeric] or [np.zeros((len(features), 0))]
        )
        present_NG = np.isfinite(numbers_NG)
        scaled_NG = np.clip((numbers_NG - self.means_G) / self.deviations_G, -MAX_SCALED, MAX_SCALED)
        return Encoded(
            categorical=self.categorical,
            codes_NF=np.column_stack(codes or [np.zeros((len(features), 0), np.int32)]),
            sizes=[self._size(c) for c in self.categorical],
            multi=self.multi,
            bags=[self._bag(_column(features, c), c) for c in self.multi],
            bag_sizes=[self._size(c) for c in self.multi],
            numeric=self.numeric,
            numbers_NG=np.where(present_NG, scaled_NG, 0.0).astype(np.float32),
            present_NG=present_NG,
            text=self.text,
            vector=list(self.widths),
            vectors_NV=np.column_stack(
                [self._texts_as_vectors(features)]
                + [_vectors(_column(features, c), width) for c, width in self.widths.items()]
            ),
        )

    @property
    def columns(self) -> list[str]:
        """Every column that is encoded, in the order of `Encoded.columns`."""
        return [*self.categorical, *self.multi, *self.numeric, *self.text, *self.widths]

    def state(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """All of it as named arrays and a dict that fits into JSON."""
        arrays: dict[str, NDArray[Any]] = {
            "means_G": self.means_G,
            "deviations_G": self.deviations_G,
            "weights_T": self.weights_T,
            "components_VT": self.components_VT,
        }
        meta = {
            "categorical": self.categorical,
            "multi": self.multi,
            "numeric": self.numeric,
            "text": self.text,
            "vocabularies": self.vocabularies,
            "terms": self.terms,
            "widths": self.widths,
        }
        return arrays, meta

    @classmethod
    def from_state(cls, arrays: dict[str, NDArray[Any]], meta: dict[str, Any]) -> Encoder:
        """The encoder that `state` described."""
        both: dict[str, Any] = {**meta, **arrays}
        return cls(**both)

    def _size(self, column: str) -> int:
        return FIRST_KNOWN + len(self.vocabularies[column])

    def _codes(self, texts: pd.Series[str], column: str) -> NDArray[np.int32]:
        found = pd.Index(self.vocabularies[column], dtype="str").get_indexer(pd.Index(texts))
        codes = np.where(found < 0, UNKNOWN, found + FIRST_KNOWN)
        return np.where(texts.isna(), MISSING, codes).astype(np.int32)

    def _bag(self, values: pd.Series[Any], column: str) -> Ragged:
        places, distinct = pd.factorize(_texts(values), use_na_sentinel=False)
        exploded = _exploded(pd.Series(distinct))
        rows = exploded.index.to_numpy(np.int64)
        return Ragged(row_offsets(rows, len(distinct)), self._codes(exploded, column)).take(places)

    def _texts_as_vectors(self, features: pd.DataFrame) -> NDArray[np.float32]:
        dims = len(self.components_VT)
        if dims == 0 or len(features) == 0:
            return np.zeros((len(features), dims), np.float32)
        documents = _documents(features, self.text)
        tfidf = _vectorizer(vocabulary=self.terms)
        tfidf.idf_ = self.weights_T
        return _unit_rows(np.asarray(tfidf.transform(documents) @ self.components_VT.T))


KINDS: tuple[Kind, ...] = ("categorical", "multi", "numeric", "text", "vector")


def _column(features: pd.DataFrame, name: str) -> pd.Series[Any]:
    if name in features:
        return features[name]
    return pd.Series(np.full(len(features), None, dtype=object))


def _texts(values: pd.Series[Any]) -> pd.Series[str]:
    """Categorical values as text on rows 0, 1...; an empty text is missing, and 1.0 is "1"."""
    values = values.reset_index(drop=True)
    if isinstance(values.dtype, pd.StringDtype):
        return values.where(values != "")
    texts = [None if missing else as_id(v) or None for v, missing in zip(values, values.isna(), strict=True)]
    return pd.Series(texts, dtype="str")


def _exploded(values: pd.Series[Any]) -> pd.Series[str]:
    """One row per value of a multi-valued column; the index repeats the entity's row number."""
    bags = [_parts(text) for text in _texts(values).to_numpy(object, na_value=None)]
    rows = np.repeat(np.arange(len(bags)), [len(bag) for bag in bags])
    return pd.Series([part for bag in bags for part in bag], index=rows, dtype="str")


def _parts(text: str | None) -> list[str | None]:
    parts: list[str | None] = [part.strip() for part in (text or "").split(SEPARATOR) if part.strip()]
    return parts or [None]


def _numbers(values: pd.Series[Any]) -> NDArray[np.float64]:
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def read_vectors(values: pd.Series[Any]) -> list[NDArray[np.float64]]:
    """What each value has for numbers, "0.1 0.2" or "[0.1, 0.2]"; none where it is anything else."""
    return [_vector(text) for text in _texts(values).to_numpy(object, na_value="")]


def _vector(text: str) -> NDArray[np.float64]:
    try:
        numbers = np.array(text.strip(" []()").replace(",", " ").split(), np.float64)
    except ValueError:
        return np.zeros(0)
    return numbers if np.isfinite(numbers).all() else np.zeros(0)


def _width(values: pd.Series[Any]) -> int:
    """How many numbers most of the vectors have."""
    lengths = np.array([len(numbers) for numbers in read_vectors(values)], np.int64)
    return int(np.bincount(lengths[lengths > 0], minlength=1).argmax())


def _vectors(values: pd.Series[Any], width: int) -> NDArray[np.float32]:
    """Vectors of length 1, shape (N, width); zeros where there is none of that many numbers."""
    vectors_NV = np.zeros((len(values), width))
    for row, numbers in enumerate(read_vectors(values)):
        if len(numbers) == width:
            vectors_NV[row] = numbers
    return _unit_rows(vectors_NV)


def _vocabulary(values: pd.Series[str], min_count: int) -> list[str]:
    """The values that enough entities have, in order."""
    counts = values.value_counts()
    return sorted(counts.index[counts >= min_count])


def _scales(features: pd.DataFrame, columns: list[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and deviation of each column, missing values left out; a constant has deviation 1."""
    means_G, deviations_G = np.zeros(len(columns)), np.ones(len(columns))
    if not columns:
        return means_G, deviations_G
    from sklearn.preprocessing import StandardScaler  # a second of imports, which most exams can do without

    for place, column in enumerate(columns):
        numbers = _numbers(features[column])
        numbers = numbers[np.isfinite(numbers)]
        if len(numbers):
            scaler = StandardScaler().fit(numbers[:, None])
            means_G[place], deviations_G[place] = scaler.mean_[0], scaler.scale_[0]
    return means_G, deviations_G


def _documents(features: pd.DataFrame, columns: list[str]) -> list[str]:
    """All text columns of an entity as one document; "" where nothing is known."""
    texts = [_texts(_column(features, c)).fillna("") for c in columns]
    return [" ".join(words).strip() for words in zip(*texts, strict=True)]


def _vectorizer(**settings: Any) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(
        sublinear_tf=True, strip_accents="unicode", token_pattern=r"(?u)\b\w+\b", **settings
    )


def _text_space(features: pd.DataFrame, columns: list[str], dims: int, seed: int) -> TextSpace:
    """Terms, their weights and the directions of the text space; all empty without text."""
    nothing: TextSpace = [], np.zeros(0), np.zeros((0, 0), np.float32)
    documents = [text for text in _documents(features, columns) if text]
    if not documents:
        return nothing
    from sklearn.decomposition import TruncatedSVD

    tfidf = _vectorizer(min_df=2, max_features=MAX_TERMS)
    try:
        words = tfidf.fit_transform(documents)
    except ValueError:  # no word occurs in two documents: there is no text space
        return nothing
    dims = min(dims, words.shape[1] - 1, words.shape[0] - 1)
    if dims < 1:
        return nothing
    with np.errstate(invalid="ignore", divide="ignore"):  # shares of a variance of 0: all texts are alike
        svd = TruncatedSVD(dims, random_state=seed).fit(words)
    return (
        list(tfidf.get_feature_names_out()),
        np.asarray(tfidf.idf_, np.float64),
        svd.components_.astype(np.float32),
    )


def _unit_rows(vectors_NV: NDArray[Any]) -> NDArray[np.float32]:
    length_N = np.linalg.norm(vectors_NV, axis=1, keepdims=True)
    return (vectors_NV / np.where(length_N > 0, length_N, 1.0)).astype(np.float32)
