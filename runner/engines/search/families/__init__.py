"""The families of candidates: each a general rule over one place of the syntax tree, and where new ones register."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from runner.engines.search.families import (
    callables,
    calls,
    conditions,
    containers,
    entries,
    exceptions,
    insertions,
    keywords,
    literals,
    names,
    operators,
    patterns,
    siblings,
    statements,
    texts,
    wraps,
)
from runner.engines.search.families.atoms import RARER, Atom
from runner.engines.search.families.learned import LEARNED
from runner.engines.search.sites import Draft, Gap, Site, StatementSite

Place = TypeVar("Place")


@dataclass(frozen=True, slots=True)
class Narrowing(Generic[Place]):
    """How a family's draft is made under conditions, and the family that the result counts as.

    Such a condition would be asked before `statement`; where the tests fail it has to come to `holds`.
    """

    name: str
    expand: Callable[[Place, Draft, Iterable[Atom]], Iterator[Draft]]
    statement: Callable[[Place], ast.stmt]
    holds: Callable[[Draft], bool]

    @property
    def shift(self) -> float:
        """What real fixes say must be added to its priors."""
        return LEARNED.get(self.name, 0.0)


@dataclass(frozen=True, slots=True)
class Family(Generic[Place]):
    """A rule that turns a place into drafts. `floor` is the least prior that any of them has.

    `narrowing` makes those again under conditions that mend what is broken and break what is not.
    """

    name: str
    floor: float
    expand: Callable[[Place], Iterator[Draft]]
    narrowing: Narrowing[Place] | None = None

    @property
    def shift(self) -> float:
        """What real fixes say must be added to its priors."""
        return LEARNED.get(self.name, 0.0)

    @property
    def least(self) -> float:
        """The least that a draft of it costs, whatever the place."""
        return self.floor + self.shift


ASIDE: Narrowing[Site] = Narrowing(
    "extended condition", conditions.narrow, lambda site: site.statement, conditions.is_always
)
DELETED: Narrowing[StatementSite] = Narrowing(
    "wrapped in if", statements.delete_unless, lambda site: site.statement, lambda _: False
)
LEFT: Narrowing[Gap] = Narrowing("guard", insertions.leave_if, lambda gap: gap.neighbour, lambda _: True)

EXPRESSIONS: tuple[Family[Site], ...] = (
    Family("undefined name", 0.8, names.replace_undefined),
    Family("comparison", 1.0, operators.change_comparison),
    Family("arithmetic", 1.5, operators.change_arithmetic),
    Family("connective", 1.6, conditions.change_connective),
    Family("constant", 1.6, literals.change_constant),
    Family("callee", 1.8, names.replace_callee),
    Family("negated condition", 1.9, conditions.negate),
    Family("arguments", 1.9, calls.change_arguments),
    Family("off by one", 2.0, literals.move_by_one),
    Family("variable", 2.0, names.replace_name),
    Family("dropped operand", 2.0, operators.drop_operand),
    Family("swapped operands", 2.2, operators.swap_operands),
    Family("attribute", 2.2, names.replace_attribute),
    Family("display", 2.2, containers.change_display),
    Family("unwrapped call", 2.4, calls.unwrap_call),
    Family("None guard", 2.4, conditions.guard_against_none),
    Family("assignment target", 2.4, names.replace_target),
    Family("replaced condition", 2.4, conditions.replace_condition),
    Family("replaced by rarer condition", 3.6, partial(conditions.replace_condition, band=RARER)),
    Family("condition set aside", 3.4, conditions.set_aside, ASIDE),
    Family("ingredient", 2.6, names.reuse_expression),
    Family("missing attribute", 2.6, names.default_attribute),
    Family("variable for expression", 2.8, names.expression_to_name),
    Family("type test", 2.0, conditions.widen_type_test),
    Family("extended condition", 3.0, conditions.extend_condition),
    Family("extended by rarer condition", 4.2, partial(conditions.extend_condition, band=RARER)),
    Family("index", 3.0, containers.change_index),
    Family("slice", 3.0, containers.change_slice),
    Family("comprehension", 3.0, containers.change_comprehension),
    Family("range start", 3.0, calls.start_range),
    Family("wrapped container", 3.0, wraps.wrap_container),
    Family("wrapped number", 3.3, wraps.wrap_number),
    Family("wrapped sequence", 3.4, wraps.wrap_sequence),
    Family("returned constant", 3.6, literals.return_constant),
    Family("keyword", 3.8, calls.add_keyword),
    Family("wrapped text", 4.2, wraps.wrap_text),
    Family("wrapped in function", 4.3, wraps.wrap_in_function),
    Family("default", 3.8, wraps.or_default),
    Family("mended text", 1.2, texts.mend_text),
    Family("pattern", 1.4, patterns.change_pattern),
    Family("called", 1.6, callables.call_or_not),
    Family("passed argument", 1.6, keywords.pass_argument),
    Family("raised type", 1.6, exceptions.change_raised),
    Family("added entry", 1.8, entries.add_entry),
    Family("pattern flags", 2.2, patterns.add_flags),
    Family("similar member", 1.8, callables.similar_member),
    Family("added name", 2.2, entries.add_name),
    Family("borrowed text", 2.4, texts.borrow_text),
    Family("moved entry", 2.8, entries.move_entry),
    Family("predicate", 2.8, callables.ask_predicate),
    Family("method of value", 3.0, callables.call_method_of),
    Family("wrapped in import", 3.2, callables.wrap_in_borrowed),
    Family("wrapped sides", 3.2, callables.wrap_both_sides),
    Family("asked of both", 3.2, conditions.ask_of_both),
    Family("value or default", 3.2, conditions.value_or_default),
    Family("widened equality", 2.4, conditions.widen_equality),
)

STATEMENTS: tuple[Family[StatementSite], ...] = (
    Family("augmented assignment", 1.4, operators.change_augmented),
    Family("statement kind", 2.6, statements.change_kind),
    Family("deleted statement", 3.0, statements.delete, DELETED),
    Family("moved statement", 3.2, statements.move_down),
    Family("dedent", 3.4, statements.dedent),
    Family("indent", 3.4, statements.indent),
    Family("unwrapped if", 3.4, statements.unwrap),
    Family("kept result", 3.6, statements.keep_result),
    Family("exception type", 2.0, exceptions.change_handler),
    Family("added else", 3.0, siblings.add_else),
    Family("wrapped in try", 3.2, exceptions.guard_with_try),
    Family("wrapped in if", 3.6, statements.wrap_in_if),
    Family("wrapped in rarer if", 4.8, partial(statements.wrap_in_if, band=RARER)),
)

GAPS: tuple[Family[Gap], ...] = (
    Family("inserted mutator", 3.4, insertions.call_mutator),
    Family("inserted assignment", 3.6, insertions.assign),
    Family("copied statement", 3.8, insertions.copy_statement),
    Family("guard", 3.4, insertions.guard),
    Family("early exit", 3.4, insertions.leave, LEFT),
    Family("rarer guard", 4.6, partial(insertions.guard, band=RARER)),
    Family("sibling statement", 2.4, siblings.copy_from_sibling),
    Family("early error", 3.0, exceptions.raise_early),
    Family("super call", 3.4, siblings.call_super),
)
