"""
The customers of the example: who writes to the support bot, and what.

A conversation is one scenario played by one customer. `$name`, `$order` and `$item` stand for the customer's own, and
every scenario opens with the first two of them, as people who write to a shop do.
"""

from dataclasses import asdict, dataclass
from string import Template
from typing import Final

import shop

_NAMES: Final = (
    "Ana Costa", "Ben Okafor", "Clara Wirth", "Dmitri Volkov", "Elif Kaya", "Farid Haddad", "Greta Lind", "Hugo Martin",
    "Ines Prieto", "Jonas Weber", "Katya Melnyk", "Liam Byrne", "Mei Tanaka", "Nils Berg", "Oona Salo", "Paul Renard",
    "Rosa Vidal",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody who has ordered something."""

    user_id: str
    name: str
    order: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """One customer's messages, in the order in which they are sent."""

    id: str
    scenario: str
    customer: Customer
    messages: tuple[str, ...]


def conversation(number: int) -> Conversation:
    """The conversation with this *number*, counted from 0; the same at every call."""
    scenario = tuple(SCENARIOS)[number % len(SCENARIOS)]
    who = number % len(_NAMES)
    customer = Customer(f"customer-{who:02}", _NAMES[who], f"KC-{4100 + 7 * number}")
    values = asdict(shop.find(customer.order)) | {"name": customer.name}
    messages = tuple(Template(text).substitute(values) for text in SCENARIOS[scenario])
    return Conversation(f"conversation-{number:04}", scenario, customer, messages)


SCENARIOS: Final[dict[str, tuple[str, ...]]] = {
    "late parcel": (
        "Hello, this is $name. My parcel with order $order has not arrived yet. Where is it?",
        "I ordered standard delivery. How long does shipping normally take?",
        "I need the $item for a birthday. Can you ship it by express instead?",
        "All right. Please send me a summary of my case as JSON with the keys order, problem and next_step.",
    ),
    "return": (
        "Hi, $name here. I would like to return the $item from order $order. How long do I have?",
        "It is unused and still in the box. Who pays for the return?",
        "And when do I get my money back?",
    ),
    "cracked lid": (
        "Good morning, I am $name. The $item of order $order came with a cracked lid.",
        "Do I have to send the damaged one back?",
        "Which photos do you need from me?",
        "Give me the whole claim as JSON with the keys order, item and damage, nothing else.",
    ),
    "Rückgabe": (
        "Guten Tag, hier ist $name. Ich möchte Artikel aus der Bestellung $order zurückgeben. Wie lange geht das?",
        "Wann bekomme ich mein Geld zurück?",
        "Und was kostet mich die Rückgabe?",
    ),
    "garantía": (
        "Hola, soy $name. Mi producto del pedido $order está roto. ¿Cuánto dura la garantía?",
        "¿Cuánto tarda la reparación?",
        "¿Puedo pedir un reembolso en lugar de reparar el producto?",
    ),
    "cancellation": (
        "Hello, $name again. I ordered by mistake, please cancel order $order.",
        "What if it is already packed?",
        "Can I at least change the delivery address?",
    ),
    "leaking kettle": (
        "Hi, this is $name. My kettle from order $order leaks after a year. Is that covered by the warranty?",
        "How long would a repair take?",
        "There is also a dent on the side. Will you repair that too?",
        "Look up my order, please: which item do you have on file?",
    ),
    "gift card": (
        "Hello, I am $name. I paid order $order partly with a gift card. Until when can I use the rest?",
        "Could you pay out the rest in cash?",
        "Can I combine it with two voucher codes?",
        "List my questions and your answers as JSON, please, with a key for each question.",
    ),
    "invoice": (
        "Good evening, $name speaking. I cannot find the invoice of order $order.",
        "I was charged twice, I think. What does the order say about the price?",
        "Another shop sells the $item for less. Do you match the price?",
    ),
    "colis": (
        "Bonjour, ici $name. Où est le colis de ma commande $order ?",
        "Combien coûte la livraison express ?",
        "Est-ce que je peux renvoyer un article s'il ne me plaît pas ?",
    ),
    "tea points": (
        "Hi, $name here. How many tea points do I get for order $order?",
        "What are 100 points worth?",
        "Do my points ever expire?",
        "Thanks. And could you tell me once more where my order is right now?",
    ),
    "wrong item": (
        "Hello, $name here. You sent me the wrong colour with order $order.",
        "How quickly must wrong goods be reported?",
        "What did the order say exactly? Please check.",
        "Can I keep the wrong one as a gift?",
    ),
}
