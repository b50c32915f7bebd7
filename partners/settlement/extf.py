"""The columns of DATEV's "Buchungsstapel", format version 13, as data: 125 names, and which hold quoted text."""

_INFO = tuple(f'"Beleginfo - {part} {number}' for number in range(1, 9) for part in ("Art", "Inhalt"))
# DATEV itself writes "Zusatzinformation- Inhalt" without the blank.
_MORE = tuple(
    f'"Zusatzinformation{part} {number}' for number in range(1, 21) for part in (" - Art", "- Inhalt")
)

_FIRST = """
Umsatz (ohne Soll/Haben-Kz);"Soll/Haben-Kennzeichen;"WKZ Umsatz;Kurs;Basis-Umsatz;"WKZ Basis-Umsatz;Konto;
Gegenkonto (ohne BU-Schlüssel);"BU-Schlüssel;Belegdatum;"Belegfeld 1;"Belegfeld 2;Skonto;"Buchungstext;Postensperre;
"Diverse Adressnummer;Geschäftspartnerbank;Sachverhalt;Zinssperre;"Beleglink"""
_MIDDLE = """
"KOST1 - Kostenstelle;"KOST2 - Kostenstelle;Kost-Menge;"EU-Land u. UStID (Bestimmung);EU-Steuersatz (Bestimmung);
"Abw. Versteuerungsart;Sachverhalt L+L;Funktionsergänzung L+L;BU 49 Hauptfunktionstyp;BU 49 Hauptfunktionsnummer;
BU 49 Funktionsergänzung"""
_LAST = """
Stück;Gewicht;Zahlweise;"Forderungsart;Veranlagungsjahr;Zugeordnete Fälligkeit;Skontotyp;"Auftragsnummer;"Buchungstyp;
USt-Schlüssel (Anzahlungen);"EU-Land (Anzahlungen);Sachverhalt L+L (Anzahlungen);EU-Steuersatz (Anzahlungen);
Erlöskonto (Anzahlungen);"Herkunft-Kz;"Buchungs GUID;KOST-Datum;"SEPA-Mandatsreferenz;Skontosperre;"Gesellschaftername;
Beteiligtennummer;"Identifikationsnummer;"Zeichnernummer;Postensperre bis;"Bezeichnung SoBil-Sachverhalt;
Kennzeichen SoBil-Buchung;Festschreibung;Leistungsdatum;Datum Zuord. Steuerperiode;Fälligkeit;"Generalumkehr (GU);
Steuersatz;"Land;"Abrechnungsreferenz;BVV-Position;"EU-Land u. UStID (Ursprung);EU-Steuersatz (Ursprung);
Abw. Skontokonto"""


def _split(names: str) -> tuple[str, ...]:
    return tuple(names.replace("\n", "").split(";"))


_MARKED = _split(_FIRST) + _INFO + _split(_MIDDLE) + _MORE + _split(_LAST)
COLUMNS = tuple(name.lstrip('"') for name in _MARKED)
TEXTS = frozenset(name[1:] for name in _MARKED if name.startswith('"'))
