"""The four shops of the demo street: what they sell, at which rates, and what can be had there for points."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A category: rates in basis points, None: the shop's."""

    code: str
    name: str
    margin_bp: int | None = None
    vat_bp: int | None = None
    earns: bool = True


@dataclass(frozen=True, slots=True)
class Article:
    """A product with its price for one piece, VAT inside. `weighed`: price per kilogram. `deposit_cents`: per piece."""

    sku: str
    name: str
    category: str
    cents: int
    weight: int = 10  # how often it is bought, beside the others of its shop
    most: int = 1  # pieces at once
    weighed: bool = False
    deposit_cents: int = 0
    min_age: int = 0


@dataclass(frozen=True, slots=True)
class Prize:
    """A reward of the catalogue."""

    name: str
    description: str
    points: int
    value_cents: int
    vat_bp: int
    min_age: int = 0
    stock: int | None = None


@dataclass(frozen=True, slots=True)
class ShopPlan:
    """One shop. `hours` are (opens, closes) by weekday, None: closed; `rush` are the hours most people come at."""

    code: str
    name: str
    owner_email: str
    owner: str
    margin_bp: int
    vat_bp: int
    hours: tuple[tuple[int, int] | None, ...]
    rush: tuple[int, ...]
    basket: int  # articles in a usual basket
    kinds: tuple[Kind, ...]
    articles: tuple[Article, ...]
    prizes: tuple[Prize, ...]


BAKER = ShopPlan(
    "baker", "Bäckerei Sonnenkorn", "owner@bakery.example", "Bernd Krume", 6200, 700,
    ((6, 18),) * 5 + ((6, 14), (7, 11)), (7, 7, 8, 9, 16), 3,
    (
        Kind("bread", "Brot"), Kind("rolls", "Brötchen"), Kind("cake", "Kuchen und Gebäck", 6800),
        Kind("coffee", "Kaffee", 7500, 1900),
    ),
    (
        Article("4001", "Roggenbrot", "bread", 450, 22),
        Article("4002", "Dinkelbrot", "bread", 520, 14),
        Article("4003", "Bauernbrot, halb", "bread", 290, 12),
        Article("4004", "Baguette", "bread", 240, 8),
        Article("4101", "Brötchen", "rolls", 45, 30, 8),
        Article("4102", "Körnerbrötchen", "rolls", 75, 18, 5),
        Article("4103", "Brezel", "rolls", 95, 14, 3),
        Article("4104", "Croissant", "rolls", 160, 14, 3),
        Article("4201", "Apfelkuchen, Stück", "cake", 320, 10, 3),
        Article("4202", "Streuselschnecke", "cake", 240, 9, 2),
        Article("4203", "Käsekuchen, Stück", "cake", 340, 6, 2),
        Article("4301", "Kaffee", "coffee", 260, 22),
        Article("4302", "Cappuccino", "coffee", 320, 16),
    ),
    (
        Prize("Kaffee und Kuchen", "Eine Tasse Kaffee und ein Stück Kuchen nach Wahl", 450, 580, 1900),
        Prize("Frühstück für zwei", "Brötchenkorb, Marmelade, Käse und zwei Kaffee", 1200, 1690, 1900),
    ),
)  # fmt: skip

DRINKS = ShopPlan(
    "drinks", "Getränke Quelle", "owner@drinks.example", "Doris Quelle", 2600, 1900,
    ((9, 20),) * 6 + (None,), (10, 12, 17, 18, 18, 19), 2,
    (
        Kind("wine", "Wein", 3600), Kind("beer", "Bier", 2200), Kind("water", "Wasser", 2400),
        Kind("juice", "Saft und Limonade", 2800),
    ),
    (
        Article("7001", "Rotwein Primitivo 0,75 l", "wine", 890, 14, 2, min_age=16),
        Article("7002", "Riesling trocken 0,75 l", "wine", 790, 12, 2, min_age=16),
        Article("7003", "Winzersekt 0,75 l", "wine", 1290, 4, 2, min_age=16),
        Article("7101", "Pils, Kasten 20 × 0,5 l", "beer", 1690, 12, deposit_cents=310, min_age=16),
        Article("7102", "Weizen, Kasten 20 × 0,5 l", "beer", 1790, 7, deposit_cents=310, min_age=16),
        Article("7103", "Alkoholfreies, Kasten 20 × 0,5 l", "beer", 1590, 6, deposit_cents=310),
        Article("7201", "Mineralwasser, Kasten 12 × 0,7 l", "water", 599, 22, 2, deposit_cents=330),
        Article("7202", "Mineralwasser still, Kasten 12 × 0,7 l", "water", 599, 14, 2, deposit_cents=330),
        Article("7301", "Apfelsaft 1 l", "juice", 249, 12, 4, deposit_cents=15),
        Article("7302", "Rhabarberschorle 0,5 l", "juice", 149, 9, 6, deposit_cents=15),
    ),
    (
        Prize("Flasche Rotwein", "Primitivo aus Apulien, 0,75 l, mit Schleife", 600, 890, 1900, 16),
        Prize("Kasten Mineralwasser", "12 × 0,7 l, Pfand inklusive", 400, 599, 1900),
        Prize("Weinprobe für zwei", "Freitagabend im Laden, sechs Weine und Brot", 2400, 3800, 1900, 18, 16),
    ),
)  # fmt: skip

BOOKS = ShopPlan(
    "books", "Buchhandlung Lesezeichen", "owner@books.example", "Britta Seiten", 3400, 1900,
    ((10, 18),) * 5 + ((10, 16), None), (11, 12, 15, 16, 17), 1,
    (
        Kind("books-fixed-price", "Preisgebundene Bücher", 3200, 700, earns=False),
        Kind("stationery", "Papier und Schreibwaren", 5200), Kind("games", "Spiele", 4000),
        Kind("calendars", "Kalender und Karten", 4800), Kind("secondhand", "Antiquarisches", 5500, 700),
    ),
    (
        Article("9001", "Roman, gebunden", "books-fixed-price", 2400, 16),
        Article("9002", "Krimi, Taschenbuch", "books-fixed-price", 1300, 22),
        Article("9003", "Kinderbuch", "books-fixed-price", 1500, 14),
        Article("9004", "Kochbuch", "books-fixed-price", 2800, 7),
        Article("9101", "Notizbuch, Leinen", "stationery", 1295, 9),
        Article("9102", "Füller", "stationery", 2490, 3),
        Article("9103", "Geschenkpapier", "stationery", 350, 9, 3),
        Article("9201", "Würfelspiel", "games", 1490, 6),
        Article("9202", "Puzzle, 1000 Teile", "games", 1690, 5),
        Article("9301", "Postkarte", "calendars", 150, 14, 6),
        Article("9302", "Wandkalender", "calendars", 1600, 6),
        Article("9401", "Antiquarischer Band", "secondhand", 900, 8, 2),
    ),
    (
        Prize("Notizbuch, Leinen", "Fadengeheftet, 192 Seiten", 800, 1295, 1900),
        Prize("Lesung mit einem Glas Wein", "Ein Abend im Laden, zwei Plätze", 1500, 2400, 700, 16, 12),
    ),
)  # fmt: skip

BUTCHER = ShopPlan(
    "butcher", "Metzgerei Hofmann", "owner@butcher.example", "Max Hofmann", 3800, 700,
    (None,) + ((7, 18),) * 4 + ((7, 13), None), (8, 10, 11, 16, 17), 2,
    (
        Kind("sausage", "Wurst und Aufschnitt", 4200), Kind("meat", "Fleisch", 3200),
        Kind("lunch", "Mittagstisch", 5500, 1900),
    ),
    (
        Article("5001", "Fleischwurst", "sausage", 1490, 16, weighed=True),
        Article("5002", "Gekochter Schinken", "sausage", 2490, 16, weighed=True),
        Article("5003", "Salami", "sausage", 2690, 10, weighed=True),
        Article("5004", "Bratwurst", "sausage", 180, 14, 6),
        Article("5101", "Hackfleisch gemischt", "meat", 1190, 16, weighed=True),
        Article("5102", "Schweineschnitzel", "meat", 1590, 12, weighed=True),
        Article("5103", "Rinderbraten", "meat", 2290, 7, weighed=True),
        Article("5104", "Hähnchenbrust", "meat", 1690, 10, weighed=True),
        Article("5201", "Leberkäse im Brötchen", "lunch", 380, 16, 2),
        Article("5202", "Tagesgericht", "lunch", 890, 10),
    ),
    (
        Prize("Hausmacher Wurst im Glas", "Drei Gläser: Leberwurst, Blutwurst, Schwartenmagen", 550, 790, 700),
        Prize("Grillpaket für vier", "Würste, Steaks und Kräuterbutter, fertig gepackt", 1800, 2790, 700, 0, 20),
    ),
)  # fmt: skip

SHOPS = (BAKER, DRINKS, BOOKS, BUTCHER)
ADMINS = (("admin@street.example", "Alma Straßner"), ("second@street.example", "Viktor Auge"))
