"""Realistic values by mimesis' own ``provider.method`` names: a second spelling of `faker`."""

from __future__ import annotations

from dataclasses import replace

from datagen_core.generators import faker

SPEC = replace(faker.SPEC, name="mimesis", example={"method": "person.full_name"})
