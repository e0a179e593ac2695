"""Where telemetry comes from, the resource and the instrumentation scope: few objects, and each is masked once."""

from collections.abc import Callable
from typing import Final, TypeVar

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from spanmill.masking.values import Values

_MAX_KNOWN: Final = 1_000

Origin = TypeVar("Origin")


class Origins:
    """Masks resources and scopes."""

    def __init__(self, values: Values) -> None:
        self._values = values
        self._resources: dict[int, tuple[Resource, Resource]] = {}
        self._scopes: dict[int, tuple[InstrumentationScope, InstrumentationScope]] = {}

    def resource(self, resource: Resource) -> Resource:
        """Return *resource* as it may be sent."""
        return _once(self._resources, resource, self._masked_resource)

    def scope(self, scope: InstrumentationScope | None) -> InstrumentationScope | None:
        """Return *scope* as it may be sent."""
        return None if scope is None else _once(self._scopes, scope, self._masked_scope)

    def known_resource(self, resource: Resource) -> Resource:
        """Return *resource* if it could be masked before, else an empty one; this cannot fail."""
        known = self._resources.get(id(resource))
        return known[1] if known is not None else Resource({})

    def _masked_resource(self, resource: Resource) -> Resource:
        attributes = self._values.attributes(resource.attributes, "resource")
        return resource if attributes is resource.attributes else Resource(attributes or {}, resource.schema_url)

    def _masked_scope(self, scope: InstrumentationScope) -> InstrumentationScope:
        name = self._values.text("scope.name", scope.name, "scope")
        attributes = self._values.attributes(scope.attributes, "scope")
        if name == scope.name and attributes is scope.attributes:
            return scope
        return InstrumentationScope(name, scope.version, scope.schema_url, attributes)


def _once(known: dict[int, tuple[Origin, Origin]], origin: Origin, masked: Callable[[Origin], Origin]) -> Origin:
    """Mask by identity; the original is kept beside, so that no other object gets its place in memory meanwhile."""
    found = known.get(id(origin))
    if found is None:
        if len(known) >= _MAX_KNOWN:
            known.clear()
        found = known[id(origin)] = (origin, masked(origin))
    return found[1]
