"""
What the scripted model answers, and what is wrong with it: the data behind `script`.

One entry per message in `customers.SCENARIOS`, in the same order. `$name`, `$order`, `$item`, `$price`, `$status` and
`$carrier` stand for the customer's own.
"""

from dataclasses import dataclass
from typing import Final, Literal

Label = Literal["refusal", "wrong_language", "invented_policy", "broken_json", "tool_error", "slow", "empty"]


@dataclass(frozen=True, slots=True)
class Flaw:
    """
    A bad answer, given to one customer in *one_in* (1: to every one) instead of the good one.

    Attributes:
        label: What is wrong.
        text: The bad answer; None: the good one's text.
        lookup: What the model asks the order system for; None: whatever it asks for before the good answer.
        one_in: Every how many customers meet it.
    """

    label: Label
    text: str | None = None
    lookup: str | None = None
    one_in: int = 1


@dataclass(frozen=True, slots=True)
class Turn:
    """
    The answer to one message.

    Attributes:
        text: The good answer.
        lookup: The order number that the model asks the order system for first; None: it asks nothing.
        flaw: What goes wrong, and how often.
    """

    text: str
    lookup: str | None = None
    flaw: Flaw | None = None


_CANNOT_HELP: Final = "I'm sorry, but I can't help with that request."
_LOOKUP_FAILED: Final = "Something went wrong when I looked up your order. Please try again later."

ANSWERS: Final[dict[str, tuple[Turn, ...]]] = {
    "late parcel": (
        Turn(
            "Your order $order ($item) is $status. The carrier is $carrier.",
            lookup="$order",
            flaw=Flaw("tool_error", _LOOKUP_FAILED, lookup="order $order", one_in=2),
        ),
        Turn("Standard delivery takes 3 to 5 working days.", flaw=Flaw("slow", one_in=2)),
        Turn(
            "Express delivery takes one working day and costs 9.90 EUR, but a parcel on its way cannot be sped up.",
            flaw=Flaw(
                "invented_policy", "Yes, we upgrade late orders to express within 6 hours, free of charge.", one_in=2
            ),
        ),
        Turn(
            '{"order": "$order", "problem": "parcel not arrived", "next_step": "wait for the delivery by $carrier"}',
            flaw=Flaw(
                "broken_json", '{"order": "$order", "problem": "parcel not arrived", "next_step": "wait for', one_in=2
            ),
        ),
    ),
    "return": (
        Turn(
            "You may return the unused $item within 30 days of delivery, in its original packaging.",
            flaw=Flaw("invented_policy", "You may return the $item within 90 days of delivery, even used.", one_in=2),
        ),
        Turn("Return shipping is free for you.", flaw=Flaw("empty", "", one_in=3)),
        Turn("You get your money back within 5 working days after the parcel has reached us."),
    ),
    "cracked lid": (
        Turn("I am sorry to hear that, $name. Please send us a photo; we will send you a replacement free of charge."),
        Turn(
            "No, you can keep the damaged goods; they need not be sent back.",
            flaw=Flaw("refusal", _CANNOT_HELP, one_in=2),
        ),
        Turn("One photo that shows the crack is enough.", flaw=Flaw("slow", one_in=3)),
        Turn(
            '{"order": "$order", "item": "$item", "damage": "cracked lid"}',
            flaw=Flaw(
                "broken_json", "Sure! Here is the claim: {order: $order, item: $item, damage: cracked lid}", one_in=2
            ),
        ),
    ),
    "Rückgabe": (
        Turn(
            "Sie können unbenutzte Ware in der Originalverpackung innerhalb von 30 Tagen nach Lieferung zurückgeben.",
            flaw=Flaw(
                "wrong_language",
                "You can return unused goods in their original packaging within 30 days of delivery.",
                one_in=2,
            ),
        ),
        Turn("Die Erstattung kommt innerhalb von 5 Werktagen, nachdem das Paket bei uns ist."),
        Turn(
            "Die Rückgabe ist für Sie kostenlos.",
            flaw=Flaw("invented_policy", "Für die Rückgabe ziehen wir 7.50 EUR von der Erstattung ab.", one_in=2),
        ),
    ),
    "garantía": (
        Turn("La garantía de las teteras y hervidores es de 2 años. Dentro de ese plazo reparamos o cambiamos gratis."),
        Turn(
            "La reparación tarda unos 10 días laborables.",
            flaw=Flaw("wrong_language", "A repair takes about 10 working days, and we will keep you posted.", one_in=2),
        ),
        Turn("Lo reparamos o lo cambiamos; un reembolso es posible para productos sin usar dentro de 30 días."),
    ),
    "cancellation": (
        Turn(
            "An order may be cancelled until it is packed. Yours is $status, so please see what follows from that.",
            lookup="$order",
            flaw=Flaw("tool_error", _LOOKUP_FAILED, lookup="KC$name", one_in=3),
        ),
        Turn("Then please refuse the parcel or send it back as a return."),
        Turn(
            "The address can be changed until the order is packed.",
            flaw=Flaw("refusal", "I am not able to assist with this. Please contact somebody else.", one_in=3),
        ),
    ),
    "leaking kettle": (
        Turn(
            "Yes. Kettles have a warranty of 2 years, so we repair or replace it free of charge.",
            flaw=Flaw("invented_policy", "Yes, all of our kettles have a lifetime warranty of 10 years.", one_in=3),
        ),
        Turn("A repair takes about 10 working days."),
        Turn("Dents are not covered by the warranty, I am afraid.", flaw=Flaw("empty", "", one_in=3)),
        Turn("For order $order I see: $item, $price.", lookup="$order"),
    ),
    "gift card": (
        Turn("Gift cards are valid for 3 years, so you can use the rest on any order until then."),
        Turn(
            "No, gift cards cannot be paid out in cash.",
            flaw=Flaw(
                "invented_policy", "Yes, we pay out gift cards in cash for a fee of 15 %, within 3 days.", one_in=2
            ),
        ),
        Turn("No, only one voucher code may be used per order.", flaw=Flaw("slow", one_in=3)),
        Turn(
            '{"valid until": "3 years after purchase", "cash": "not possible", "voucher codes": "one per order"}',
            flaw=Flaw("broken_json", '{"valid until": "3 years after purchase", "cash": no, }', one_in=3),
        ),
    ),
    "invoice": (
        Turn("The invoice is sent by e-mail on the day of dispatch. Please look into your spam folder, too."),
        Turn("Order $order has one position: $item for $price.", lookup="$order"),
        Turn(
            "I am sorry, we do not match the prices of other shops.",
            flaw=Flaw("wrong_language", "Lo siento, no igualamos los precios de otras tiendas.", one_in=3),
        ),
    ),
    "colis": (
        Turn(
            "Votre commande $order est chez $carrier ; dans notre système elle est « $status ».",
            lookup="$order",
            flaw=Flaw("tool_error", "Une erreur est survenue, veuillez réessayer plus tard.", lookup="", one_in=3),
        ),
        Turn(
            "La livraison express coûte 9.90 EUR et arrive le jour ouvrable suivant.",
            flaw=Flaw(
                "wrong_language", "Express delivery costs 9.90 EUR and arrives on the next working day.", one_in=2
            ),
        ),
        Turn("Oui, vous pouvez le renvoyer dans les 30 jours après la livraison, et le retour est gratuit."),
    ),
    "tea points": (
        Turn("Each euro spent earns 1 tea point. Your order $order was $price.", lookup="$order"),
        Turn("100 points are worth 5 EUR on a later order.", flaw=Flaw("refusal", _CANNOT_HELP, one_in=3)),
        Turn("Yes, points expire after 12 months."),
        Turn("It is $status, with $carrier.", lookup="$order", flaw=Flaw("slow", one_in=3)),
    ),
    "wrong item": (
        Turn("I am sorry, $name. Please send us a photo, and we will send the right one free of charge."),
        Turn("Please report wrong goods within 14 days."),
        Turn("Order $order was for: $item.", lookup="$order", flaw=Flaw("empty", "", one_in=3)),
        Turn("Yes, the wrong one need not be sent back.", flaw=Flaw("refusal", _CANNOT_HELP, one_in=3)),
    ),
}
