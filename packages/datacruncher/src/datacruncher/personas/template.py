"""A persona to start from."""

from __future__ import annotations

import json

_TEXT = """\
contract: persona/1.0
name: {name}
aliases: []
about: What this analyst watches.

checks:
  # A built-in check; `datacruncher personas show "Data Engineer"` lists some. Its steps of severity may be changed.
  - use: keys.foreign_key_orphan
    severity: {{critical: 0.01, high: 0}}

  # A check of your own: the rows that offend. It runs once for each table that fits, and reads nothing but the dataset.
  - id: negative_amount
    title: Amounts below zero
    why: A payment below zero is a refund in the wrong place.
    bind:
      t: {{columns: {{amount: {{role: amount}}}}}}
    sql: SELECT * FROM {{t}} WHERE {{t.amount}} < 0
    of: SELECT COUNT(*) FROM {{t}}
    finding: "{{rows}} of {{total}} rows of {{table}} ({{share:.1%}}) have a negative {{column}}"
    recommendation: Ask who writes refunds into {{table}}.
    defect: negative_amount
    severity: {{high: 0.05, medium: 0.01, low: 0}}

# Built-in numbers by their id, and numbers of your own.
metrics:
  - use: finance.revenue
  - id: average_amount
    unit: currency
    sql: SELECT AVG({{t.amount}}) FROM {{t}}

# What this analyst says in the end; of several sentences in a list the first is taken whose metrics were all measured.
summary:
  - - "The average amount is {{average_amount:,.2f}}, and all of them are {{revenue:,.0f}}."
    - "The average amount is {{average_amount:,.2f}}."
    - "No amount stands anywhere."
"""


def template(name: str) -> str:
    """The text of a persona called `name`."""
    return _TEXT.format(name=json.dumps(name, ensure_ascii=False))
