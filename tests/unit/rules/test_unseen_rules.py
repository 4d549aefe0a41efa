"""Every rule on sentences: each is found in those of `FIRES` and says nothing of its near misses in `SILENT`.

The sentences were written before the rules saw them.
"""

from __future__ import annotations

import pytest

from setsquare.rules.check import judge
from setsquare.rules.fixing import mended
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load

PATH = RelPath(".kiro/specs/desk/requirements.md")
HEAD = """# Requirements Document

## Glossary

- **Cargo_Desk**: the part that rings

## Requirements

### Requirement 1: A

**User Story:** As a clerk, I want A, so that B.

#### Acceptance Criteria

"""

FIRES = r"""
AMB001|The Gateway shall compress logs if practicable.
AMB001|The Gateway shall rotate keys to the greatest extent practical.
AMB001|The Gateway shall, as necessary, drop idle links.
AMB002|The Form shall give helpful feedback to the user.
AMB002|The Form shall be intuitive and easy to use.
AMB002|WHEN memory is low, THE Cache SHALL degrade gracefully
AMB002|The Planner shall use a reasonable default.
AMB003|The Upload shall accept images, videos and so on.
AMB003|The Upload shall accept formats including, but not limited to, PNG and JPEG.
AMB005|The Clerk Portal shall create/update the record.
AMB006|The Ranking shall choose the best carrier.
AMB006|The new parser shall be more efficient.
AMB008|The Alarm shall call the owner and may call the police.
AMB009|The Poller shall periodically read the meter.
AMB009|When a fault occurs, the Panel shall instantly alert the crew.
AMB010|The Portal shall allow the clerk to print labels.
AMB010|THE Drone SHALL be capable of hovering.
AMB010|The Portal shall have the ability to print labels.
AMB012|When an order is paid, the invoice shall be generated.
AMB013|The Valve shall not close without a command.
AMB013|The Valve shall not fail to close.
ATOM001|When the lid opens, the Blender shall stop, and the Blender shall beep.
ATOM002|The Hub shall encrypt the payload and then upload the file.
EARS002|The Router may drop packets.
EARS002|The Router must log drops.
EARS002|WHEN idle, the Router will sleep.
EARS002|The Router might restart.
EARS003|While the lid is open, shall stop the motor.
EARS010|The Router SHALL
EARS010|IF , THEN THE Router SHALL log
EARS013|IF the tape breaks, THE Deck SHALL stop
EARS020|IF the tape breaks, WHERE a sensor is fitted, THEN THE Deck SHALL stop
EARS020|WHEN play is pressed, WHERE a tape is loaded, THE Deck SHALL start
EARS021|The Deck shall stop when the tape ends.
EARS021|THE Deck SHALL eject the tape while the key is held
EARS022|When play is pressed, when a tape is loaded, the Deck shall start.
EARS022|WHEN a is set OR b is set OR c is set OR d is set, THE Deck SHALL start
EARS023|Where the listener presses play, the Deck shall start.
EARS023|WHERE an error occurs, THE Deck SHALL stop
NUM001|The Retry delay shall be 5.
NUM001|The Editor shall accept between 3 and 20 characters.
NUM002|The Service shall reach 99.95 % availability.
TERM001|The Deck shall stop after ??? seconds.
TERM001|The Deck shall stop after [to be decided].
ACTOR001|The customer must confirm the address.
ACTOR001|Every nurse shall scan the badge.
ACTOR001|The warehouse clerk shall sign the delivery note.
AMB001|The scanner shall beep where feasible.
AMB002|The Portal shall respond swiftly to searches.
AMB003|The Exporter shall write CSV, PDF, etc.
AMB004|When the crane lifts the pallet and the belt moves the crate, the controller shall log it.
AMB005|The Gate shall notify the driver and/or the yard.
AMB006|The new index shall return results faster.
AMB007|The Vault shall never store keys.
AMB008|The Mailer shall optionally attach the invoice.
AMB009|When the alarm is cleared, the Panel shall soon turn the lamp off.
AMB010|The Kiosk shall be able to print tickets.
AMB011|The Broker shall handle messages.
AMB012|When a claim is filed, the claim shall be assigned to an adjuster.
AMB013|The Door shall not open unless the badge is not expired.
ATOM001|The Pump shall stop and the Valve shall close.
ATOM002|The Importer shall validate the file and store the rows.
ATOM003|When a customer who has been registered for more than one year and who has placed at least ten orders in the last month signs in from a country that is not on the list of countries the shop delivers to, the Shop shall show a banner with the next date on which delivery to that country will start.
DESIGN001|The Cart shall keep its items in PostgreSQL.
EARS002|When a parcel arrives, the Desk should ring.
EARS003|When a parcel arrives, store its weight.
EARS004|WHEN the parcel arrives the weight gets stored
EARS010|WHEN , THE Desk SHALL ring
EARS012|WHEN a parcel arrives THEN THE Desk SHALL ring
EARS013|If a parcel is lost, the Desk shall ring.
EARS020|When a parcel arrives, while the Desk is open, the Desk shall ring.
EARS021|The Desk shall ring if a parcel is lost.
EARS022|When a parcel arrives and the desk is open or the yard is closed, the Desk shall ring.
EARS023|Where the driver presses the bell, the Desk shall ring.
EARS024|When the upload fails, the Desk shall ring.
NUM001|The Client shall use a timeout of 15.
NUM002|The API shall hold a p99 below 400 ms.
RSET006|THE Desk SHALL be elegant
TERM001|The Desk shall ring for TBD seconds.
TERM003|The Desk shall read the ZQX file.
"""

SILENT = r"""
AMB001|Where the option "as needed" is chosen, the Pump shall run for 5 s.
AMB002|The Form shall show the message `please be quick`.
AMB002|The Cache shall clear its entries every 5 minutes.
AMB002|The Store shall keep a simple queue of 10 items.
AMB002|The Planner shall show the clear button.
AMB003|The Upload shall accept "etc." in names.
AMB005|The Client shall send `application/json` over HTTP/2.
AMB005|The Disk shall report its read/write rate.
AMB006|The Ranking shall choose the carrier with the lowest price.
AMB006|The Filter shall keep at most 5 items.
AMB008|The Alarm shall call the owner in May.
AMB009|The Poller shall read the meter every 15 minutes.
AMB010|The Fence shall not allow robots to leave.
AMB012|When the door opens, the lamp shall be lit.
AMB013|The Valve shall not close at night.
ATOM001|The Parser shall read the word "SHALL" in a file.
ATOM002|The Hub shall show the name and the address.
ATOM002|The Hub shall drag and drop files.
EARS001|When the lid opens, the Blender shall stop.
EARS002|The Filter shall match names that should be hidden.
EARS002|WHEN a job can be run, THE Queue SHALL run it
EARS003|When the lid opens, the motor of the Blender shall stop.
EARS004|WHEN the lid opens THE Blender SHALL stop
EARS010|WHERE fitted, THE Deck SHALL dim its lamp
EARS020|WHERE a tape is fitted, WHILE idle, WHEN play is pressed, THE Deck SHALL start
EARS021|The Wizard shall ask when to start.
EARS021|The Linter shall check if a file exists.
EARS021|THE Service SHALL log the time when the user signed in
EARS022|When play or pause is pressed, the Deck shall react within 1 s.
EARS023|Where two decks are installed, the Mixer shall fade.
NUM001|The API shall return 404 for unknown ids.
NUM001|The App shall support version 3.11 of Python.
NUM001|The Team shall hold 5 members.
NUM001|The Editor shall accept between 3 and 20 characters inclusive.
NUM001|The Server shall listen on port 8443.
NUM001|WHEN requirement 3 changes, THE Tracer SHALL mark it
NUM001|The Grid shall show 3 columns and 4 rows.
NUM001|The Lamp shall use the colour #FF8800.
NUM002|The Service shall reach 99.95 % availability per month.
TERM001|The Linter shall flag TODO comments.
TERM001|The Form shall show [Save] and [Cancel].
ACTOR001|The User Service shall keep names.
ACTOR001|Users shall be told of changes by the Mailer.
ACTOR001|The customer record shall hold a name.
ACTOR001|The Warehouse Terminal shall print the delivery note.
AMB001|The scanner shall beep where the tray is fitted with a buzzer.
AMB002|The Portal shall respond quickly, within 300 ms, to searches.
AMB003|The Exporter shall write CSV, PDF and XML.
AMB004|When the crane lifts the pallet, the controller shall log it.
AMB005|The Gate shall speak TCP/IP to the yard.
AMB006|The new index shall return results faster than the old index.
AMB007|The Vault shall store keys for 30 days.
AMB008|The Mailer shall attach the invoice.
AMB009|When the alarm is cleared, the Panel shall immediately, within 1 s, turn the lamp off.
AMB010|The Kiosk shall print tickets.
AMB011|The Broker shall deliver messages in order.
AMB012|When a claim is filed, the banner shall be visible.
AMB013|The Door shall not open at night.
ATOM001|The Pump shall stop.
ATOM002|The Importer shall validate the header and the rows.
ATOM003|When a customer signs in, the Shop shall show a banner.
DESIGN001|The Cart shall keep its items in a database.
EARS002|When a parcel arrives that should be weighed, the Desk shall ring.
EARS003|When a parcel arrives, the Desk shall store its weight.
EARS004|WHEN the parcel arrives THE Desk SHALL store the weight
EARS010|WHEN idle, THE Desk SHALL ring
EARS012|IF a parcel is lost THEN THE Desk SHALL ring
EARS013|If a parcel is lost, then the Desk shall ring.
EARS020|While the Desk is open, when a parcel arrives, the Desk shall ring.
EARS021|The Desk shall ring only when a parcel is lost.
EARS022|When a parcel arrives and the desk is open, the Desk shall ring.
EARS023|Where a bell is fitted, the Desk shall ring.
EARS024|When the upload ends, the Desk shall ring.
NUM001|The Client shall answer with status 404.
NUM002|The API shall hold a p99 below 400 ms at 50 requests per second over 5 minutes.
RSET006|THE Desk SHALL show 3 parcels
TERM001|The Desk shall show the tab `TODO`.
TERM003|The Desk shall read the Zonal Quay Exchange (ZQX) file.
"""


def lines(block: str) -> list[str]:
    return [line for line in block.split("\n") if line]


def codes(rule: str, sentence: str) -> set[str]:
    raw = f"{HEAD}1. {sentence}\n2. WHEN idle, THE Deck SHALL ring\n3. WHEN awake, THE Deck SHALL hum\n".encode()
    return {finding.code for finding in judge(load({PATH: raw}), [rule]).findings}


@pytest.mark.parametrize("line", lines(FIRES))
def test_a_rule_finds_what_it_is_for(line: str) -> None:
    rule, _, sentence = line.partition("|")
    assert codes(rule, sentence) == {rule}


@pytest.mark.parametrize("line", lines(SILENT))
def test_a_rule_is_silent_on_a_near_miss(line: str) -> None:
    rule, _, sentence = line.partition("|")
    assert codes(rule, sentence) == set()


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [
        ("TERM002", "WHEN idle, THE Cargo-Desk SHALL ring", "WHEN idle, THE Cargo_Desk SHALL ring"),
        ("TERM002", "THE cargo_desk SHALL ring", "THE Cargo_Desk SHALL ring"),
        ("AMB010", "THE Cargo_Desk SHALL be able to ring twice", "THE Cargo_Desk SHALL ring twice"),
        ("EARS002", "THE Deck MUST ring", "THE Deck SHALL ring"),
        ("EARS013", "IF the tape breaks, THE Deck SHALL stop", "IF the tape breaks, THEN THE Deck SHALL stop"),
    ],
)
def test_a_fix_that_a_page_calls_safe_is_made(rule: str, before: str, after: str) -> None:
    raw = f"{HEAD}1. {before}\r\n".encode()
    done = mended(PATH, raw, judge(load({PATH: raw}), [rule]).findings)
    assert done.raw == f"{HEAD}1. {after}\r\n".encode()
    assert done.refused == ()


def test_a_selection_does_not_hide_the_slips_of_its_own_file() -> None:
    settings = b'select = ["EARS"]\n[rules.EARS999]\nseverity = "note"\n'
    found = judge(load({PATH: f"{HEAD}1. THE Deck SHALL ring\n".encode(), RelPath(".setsquare/check.toml"): settings}))
    assert [finding.code for finding in found.findings] == ["CFG004"]
