"""Does the command line do with a table what somebody means who has only that table?"""

import refnet


def orders(path):
    """90 orders: an identifier of words, a date, an amount, and whether they came back."""
    rows = [f"K{i * 37 % 1000:03},2024-{1 + i % 12:02}-{1 + i * 7 % 28:02},{i * 13 % 50}.5,{'ny'[i * 13 % 50 > 25]}\n"
            for i in range(90)]
    path.write_text("customer,date,amount,back\n" + "".join(rows))


def used(path):
    """The columns of a saved network's table, by name, and all that are noted as left out."""
    notes = refnet.load(path).notes
    return [name for _, name, *_ in notes["table"]["preparation"]["sources"]], notes["settings"]["drop"]


def test_what_is_dropped_is_dropped_beside_what_tells_nothing(here, refnet_command):
    orders(here / "orders.csv")
    found = {}
    for words in ([], ["date"], ["date,customer"], ["none"], ["none,date"], ["0,1,2"]):
        drop = ["--drop", *words] if words else []
        status, out, err = refnet_command("train", "orders.csv", *drop, "--epochs", 1, "--save", "net.refnet")
        if words == ["0,1,2"]:
            assert status == 2 and "drop: [0, 1, 2]; allowed: not all 3 columns" in err
            continue
        assert status == 0 and bool(err) == (words[:1] in (["none"], ["none,date"]))  # which has words of its own
        found[" ".join(words)] = used("net.refnet")
        assert ("'customer' (90 different words)" in out) == (words in ([], ["date"]))
        # The same again, with the same words, others, and none.
        assert refnet_command("verify", "net.refnet", "orders.csv")[0] == 0
        assert refnet_command("train", "orders.csv", "--resume", "net.refnet", "--epochs", 2, *drop)[0] == 0
        status, _, err = refnet_command("train", "orders.csv", "--resume", "net.refnet", "--drop", "amount")
        assert status == 2 and "--drop amount: net.refnet was trained with" in err
    assert found == {
        "": (["date", "amount"], ["customer"]), "date": (["amount"], ["date", "customer"]),
        "date,customer": (["amount"], ["date", "customer"]), "none": (["customer", "date", "amount"], []),
        "none,date": (["customer", "amount"], ["date"]),
    }


def test_an_old_file_keeps_what_it_noted(here, refnet_command):
    """Before 1.1 --drop took the place of what is left out unasked."""
    orders(here / "orders.csv")
    assert refnet_command("train", "orders.csv", "--drop", "none,date", "--epochs", 1, "--save", "net.refnet")[0] == 0
    assert used("net.refnet")[1] == ["date"]  # as an old file notes --drop date
    status, out, _ = refnet_command("verify", "net.refnet", "orders.csv")
    assert status == 0 and "✓ the same" in out
    status, _, _ = refnet_command("train", "orders.csv", "--resume", "net.refnet", "--epochs", 2, "--drop", "date")
    assert status == 0 and len(used("net.refnet")[0]) == 2
