"""The part of GraphQL that list clients write: one operation, fields with arguments and aliases, fragments."""

import re
from dataclasses import dataclass, field
from typing import Any

from anitrakt_plan.sandbox.catalogue import Json

_TOKEN = re.compile(r'\.\.\.|[A-Za-z_]\w*|-?\d+(?:\.\d+)?|"(?:\\.|[^"\\])*"|[{}()\[\]:!$=@]')
_IGNORED = re.compile(r"[\s,]+|#[^\n]*")


class GraphQLMistake(Exception):
    """The query can't be read, or asks for what does not exist; the message is for the answer."""


@dataclass(slots=True)
class Field:
    """A field asked for: its name, the name it is answered under, its arguments and what is asked of it."""

    name: str
    key: str
    arguments: Json
    fields: "list[Field]" = field(default_factory=list)


def parse(query: str, variables: Json) -> list[Field]:
    """The root fields of the query's first operation, variables filled in. Raises GraphQLMistake."""
    parser = _Parser(_tokens(query), variables)
    return parser.document()


def select(value: Any, fields: list[Field], where: str) -> Any:
    """Of a value only what is asked; callables are given the field's arguments. Raises GraphQLMistake."""
    if value is None:
        return None
    if isinstance(value, list):
        return [select(item, fields, where) for item in value]
    if not isinstance(value, dict):
        if fields:
            raise GraphQLMistake(f'Field "{where}" must not have a selection since it has no subfields.')
        return value
    if not fields:
        raise GraphQLMistake(f'Field "{where}" must have a selection of subfields.')
    answer: Json = {}
    for asked in fields:
        if asked.name not in value:
            raise GraphQLMistake(f'Cannot query field "{asked.name}" on type "{where}".')
        found = value[asked.name]
        found = found(asked.arguments) if callable(found) else found
        answer[asked.key] = select(found, asked.fields, asked.name)
    return answer


class _Parser:
    def __init__(self, tokens: list[str], variables: Json) -> None:
        self._tokens = tokens
        self._at = 0
        self._variables = dict(variables)
        self._fragments: dict[str, list[Field | str]] = {}
        self._nested: dict[int, list[Field | str]] = {}  # by the identity of the field above

    def document(self) -> list[Field]:
        roots: list[Field | str] | None = None
        while self._at < len(self._tokens):
            word = self._peek()
            if word == "fragment":
                self._next()
                name = self._next()
                self._expect("on")
                self._next()
                self._fragments[name] = self._selection()
            elif word in ("query", "{"):
                self._operation_head()
                selection = self._selection()
                roots = selection if roots is None else roots
            else:
                raise GraphQLMistake(f'Syntax Error: Unexpected "{word}"')
        if roots is None:
            raise GraphQLMistake("Must provide an operation.")
        return self._spread(roots)

    def _operation_head(self) -> None:
        if self._peek() == "{":
            return
        self._next()
        if self._peek() not in ("(", "{"):
            self._next()
        if self._peek() != "(":
            return
        self._next()
        while self._peek() != ")":
            self._expect("$")
            name = self._next()
            self._expect(":")
            while self._peek() not in ("$", ")", "="):
                self._next()
            if self._peek() == "=":
                self._next()
                self._variables.setdefault(name, self._value())
        self._next()

    def _selection(self) -> list[Field | str]:
        self._expect("{")
        selection: list[Field | str] = []
        while self._peek() != "}":
            if self._peek() == "...":
                self._next()
                if self._peek() == "on":
                    self._next()
                    self._next()
                    selection += self._selection()
                elif self._peek() == "{":
                    selection += self._selection()
                else:
                    selection.append(self._next())
            else:
                selection.append(self._field())
        self._next()
        return selection

    def _field(self) -> Field:
        key = name = self._next()
        if self._peek() == ":":
            self._next()
            name = self._next()
        arguments: Json = {}
        if self._peek() == "(":
            self._next()
            while self._peek() != ")":
                argument = self._next()
                self._expect(":")
                value = self._value()
                if value is not None:
                    arguments[argument] = value
            self._next()
        found = Field(name, key, arguments)
        if self._peek() == "{":
            self._nested[id(found)] = self._selection()
        return found

    def _value(self) -> Any:
        word = self._next()
        if word == "$":
            return self._variables.get(self._next())
        if word == "[":
            values = []
            while self._peek() != "]":
                values.append(self._value())
            self._next()
            return values
        if word.startswith('"'):
            return word[1:-1].replace('\\"', '"')
        if re.fullmatch(r"-?\d+", word):
            return int(word)
        return {"true": True, "false": False, "null": None}.get(word, word)

    def _spread(self, selection: list[Field | str]) -> list[Field]:
        fields: list[Field] = []
        for part in selection:
            if isinstance(part, str):
                if part not in self._fragments:
                    raise GraphQLMistake(f'Unknown fragment "{part}".')
                fields += self._spread(self._fragments[part])
            else:
                part.fields = self._spread(self._nested.get(id(part), []))
                fields.append(part)
        return fields

    def _peek(self) -> str:
        if self._at >= len(self._tokens):
            raise GraphQLMistake("Syntax Error: Unexpected <EOF>")
        return self._tokens[self._at]

    def _next(self) -> str:
        word = self._peek()
        self._at += 1
        return word

    def _expect(self, word: str) -> None:
        found = self._next()
        if found != word:
            raise GraphQLMistake(f'Syntax Error: Expected "{word}", found "{found}"')


def _tokens(query: str) -> list[str]:
    tokens, at = [], 0
    while at < len(query):
        ignored = _IGNORED.match(query, at)
        if ignored:
            at = ignored.end()
            continue
        token = _TOKEN.match(query, at)
        if not token:
            raise GraphQLMistake(f"Syntax Error: Unexpected character {query[at]!r}")
        tokens.append(token[0])
        at = token.end()
    return tokens
