"""The shop's policies, and a keyword search over them: the retrieval half of the support bot."""

import re
from dataclasses import dataclass
from typing import Final

_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Document:
    """One policy. Its keywords are what customers call the subject, in the languages they write in."""

    id: str
    title: str
    text: str
    keywords: frozenset[str]


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that was found, and how well it fits the query (0 to 1)."""

    document: Document
    score: float


def search(query: str, limit: int = 2) -> list[Hit]:
    """Find the policies that share most keywords with *query*, best first."""
    words = {word.lower() for word in _WORD.findall(query)}
    met = [(len(words & document.keywords), document) for document in DOCUMENTS]
    best = sorted(((count, document) for count, document in met if count), key=lambda hit: (-hit[0], hit[1].id))
    return [Hit(document, round(count / (count + 1), 2)) for count, document in best[:limit]]


def _document(identity: str, title: str, keywords: str, text: str) -> Document:
    return Document(identity, title, text, frozenset(keywords.split()))


DOCUMENTS: Final = (
    _document(
        "returns",
        "Returns and refunds",
        "return returns refund refunded money back unused umtausch zurückgeben zurückschicken rückgabe erstattung geld "
        "devolver devolución reembolso dinero retour renvoyer remboursement rembourser argent",
        "Unused goods in their original packaging may be returned within 30 days of delivery. Return shipping is free. "
        "The refund goes to the original means of payment within 5 working days after the parcel has reached us.",
    ),
    _document(
        "shipping",
        "Shipping",
        "ship shipping delivery deliver delivered express parcel arrive abroad costs versand lieferung paket express "
        "liefert envío enviar entrega paquete livraison livrer colis expédition",
        "Standard delivery takes 3 to 5 working days and costs 4.90 EUR; it is free for orders over 50 EUR. "
        "Express delivery arrives on the next working day and costs 9.90 EUR. We deliver to all countries of the EU.",
    ),
    _document(
        "warranty",
        "Warranty and repairs",
        "warranty guarantee repair repaired broke broken leaks garantie reparatur kaputt defekt undicht garantía "
        "reparar reparación roto réparation réparer panne",
        "All kettles and teapots have a warranty of 2 years. Within it we repair or replace free of charge. "
        "Limescale and dents are not covered. Repairs take about 10 working days.",
    ),
    _document(
        "cancellation",
        "Cancelling and changing an order",
        "cancel cancelled cancellation change address mistake stornieren storno ändern adresse cancelar cambiar "
        "dirección annuler changer adresse",
        "An order may be cancelled or its address changed until it is packed, usually 2 hours after it was placed. "
        "After that, refuse the parcel or send it back as a return.",
    ),
    _document(
        "damage",
        "Damaged and missing goods",
        "damage damaged cracked crack missing wrong scratched photo photos beschädigt gesprungen falsch fehlt dañado "
        "roto rota cassé cassée endommagé abîmé manque",
        "Report damaged, wrong or missing goods within 14 days and send a photo. We send a replacement free of "
        "charge, and the damaged goods need not be sent back.",
    ),
    _document(
        "gift-cards",
        "Gift cards and vouchers",
        "gift card cards voucher vouchers code gutschein gutscheine tarjeta regalo vale carte cadeau bon",
        "Gift cards are valid for 3 years, may be used in parts and cannot be paid out in cash. "
        "One voucher code may be used per order.",
    ),
    _document(
        "payment",
        "Payment and invoices",
        "pay payment invoice card charged twice price match instalments rechnung zahlung bezahlen factura pago pagar "
        "facture paiement payer",
        "We take cards, bank transfer and PayPal. The invoice is sent by e-mail on the day of dispatch. "
        "We do not match the prices of other shops and do not offer instalments.",
    ),
    _document(
        "loyalty",
        "Tea points",
        "points loyalty points member membership punkte treue puntos fidelidad points fidélité",
        "Each euro spent earns 1 tea point; 100 points are worth 5 EUR on a later order. They expire after 12 months.",
    ),
)
