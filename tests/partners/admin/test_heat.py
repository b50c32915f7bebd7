"""The matrix as a table: rows and columns add up, warmth follows the money, what was taken back is cold."""

from uuid import UUID

from partners.admin.heat import table

BAKER, DRINKS, BOOKS = UUID(int=1), UUID(int=2), UUID(int=3)
NAMES = {BAKER: "baker", DRINKS: "Drinks", BOOKS: "Books"}


def test_the_worked_example_of_the_month():
    heat = table(
        [(BAKER, DRINKS, 300, 300), (DRINKS, DRINKS, 200, 200), (BAKER, BOOKS, 250, 250)], NAMES, "Street"
    )
    assert heat.redeemers == ("Books", "Drinks")
    assert [(row.name, row.cents) for row in heat.rows] == [("baker", 550), ("Drinks", 200)]
    assert heat.columns == (250, 500) and heat.cents == 750
    assert [[cell.heat for cell in row.cells] for row in heat.rows] == [[8, 9], [0, 6]]
    assert [[cell.percent for cell in row.cells] for row in heat.rows] == [[33, 40], [0, 27]]


def test_the_coalition_s_own_points_come_last():
    heat = table([(None, BAKER, 10, 10), (DRINKS, BAKER, 1, 1)], NAMES, "Street")
    assert [row.name for row in heat.rows] == ["Drinks", "Street"]


def test_the_smallest_share_is_seen_and_what_was_taken_back_is_cold():
    heat = table(
        [(BAKER, BOOKS, 1, 1), (BAKER, DRINKS, 100_000, 100_000), (DRINKS, BOOKS, -5, -5)], NAMES, ""
    )
    assert [[cell.heat for cell in row.cells] for row in heat.rows] == [[1, 9], [0, 0]]
    assert heat.columns == (-4, 100_000) and heat.cents == 99_996


def test_only_what_was_taken_back_divides_by_nothing():
    heat = table([(BAKER, BOOKS, -5, -5)], NAMES, "")
    assert heat.rows[0].cells[0].heat == 0 and heat.cents == -5


def test_nothing_is_an_empty_table():
    heat = table([], NAMES, "")
    assert (heat.rows, heat.columns, heat.cents) == ((), (), 0)
