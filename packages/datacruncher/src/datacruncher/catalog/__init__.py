"""What the tables mean: keys, foreign keys, kinds and roles, declared or inferred with a confidence."""

from datacruncher.catalog.model import Catalog, Column, Facts, ForeignKey, Key, Table
from datacruncher.catalog.vocabulary import KINDS, ROLES

__all__ = ["KINDS", "ROLES", "Catalog", "Column", "Facts", "ForeignKey", "Key", "Table"]
