"""The parser on sentences of many trades: their pattern, their keywords in order, their subject.

The labels were written by a reader before the parser saw the sentences; where a label and the definition of the patterns differed, the
definition holds: a condition behind the response counts only where none stands before it, a lower-case keyword counts at the start and after
a comma or conjunction, and only the words of the definition are keywords (`as long as` and `in case` are not, unless a team adds them).
"""

from __future__ import annotations

import pytest

from setsquare.spec.ears import parse

# pattern | keywords | subject | sentence
COMPLEX = r"""
complex|where,while,when|pump controller|Where the pump has a backup battery, while mains power is lost, when the battery falls below 20 %, the pump controller shall sound the low-battery alarm.
complex|where,if|infusion pump|Where the infusion pump is fitted with an air detector, if air is detected in the line, then the infusion pump shall stop delivery within 1 second.
complex|while,if|autopilot|While the aircraft is in cruise, if the altitude deviation exceeds 200 ft, then the autopilot shall disengage.
complex|when,if|Payment_Service|WHEN a payment is submitted, IF the card is expired, THEN THE Payment_Service SHALL reject the payment with code CARD_EXPIRED.
complex|while,when|engine control system|While the aircraft is on ground, when reverse thrust is commanded, the engine control system shall enable deployment of the thrust reverser.
complex|while,when|Ledger|WHILE the ledger is locked WHEN a posting arrives THE Ledger SHALL queue the posting
complex|when,while|Ledger|WHEN a posting arrives WHILE the ledger is locked THE Ledger SHALL queue the posting
complex|when,where|mobile app|When the user opens the app, where biometric login is enabled, the mobile app shall prompt for a fingerprint.
complex|where,when|mobile app|Where biometric login is enabled and when the user opens the app, the mobile app shall prompt for a fingerprint.
complex|where,while|lane keeping assist|Where lane keeping assist is fitted, while the vehicle speed is above 60 km/h, the lane keeping assist shall monitor the lane markings.
complex|while,if|ABS controller|WHILE the vehicle is braking, IF wheel slip exceeds 15 %, THE ABS controller SHALL reduce brake pressure.
complex|if,when|Scheduler|IF the queue is empty AND WHEN the timer fires, THEN THE Scheduler SHALL go idle
complex|where,if|gateway|WHERE two-factor authentication is enabled IF the code is wrong THEN the gateway SHALL deny access
complex|while,when,if|Broker|While connected, when a message arrives, if the payload is malformed, then the Broker shall drop the message.
complex|where,while,if|thermostat|Where a humidity sensor is present, while cooling is active, if humidity exceeds 70 %, then the thermostat shall raise the fan speed.
complex|while,when|flight management system|While in approach mode and flaps are extended, when the glide slope is captured, the flight management system shall display GS in green.
complex|while,when|vehicle|While the ignition is on — when the door is opened — the vehicle shall chime.
complex|while,where|system|While the vehicle is parked, where the sentry option is purchased, the system shall record video.
complex|if,where|system|If the fuse blows, where a spare is fitted, then the system shall switch to the spare.
complex|while,when|Door Controller|WHILE the train is moving, WHEN a passenger pulls the emergency handle, THE Door Controller SHALL keep the doors locked
complex|while,when|charger|while the battery is below 10 %, when the charger is plugged in, the charger shall use trickle mode
complex|where,if|billing engine|WHERE tax calculation is enabled, IF the tax service is unreachable, THEN the billing engine SHALL use the last known rates
complex|where,while,when|ADAS|Where adaptive cruise is fitted, while the vehicle follows another, when the gap falls below 2 s, the ADAS shall reduce speed.
complex|where,while,when|Navigator|WHERE offline maps are installed WHILE the network is down WHEN the user searches THE `Navigator` SHALL search the local index
complex|when,if|Checkout|WHEN the shopper pays, IF the bank declines, THEN THE Checkout SHALL show "Declined, if unsure call us" and SHALL keep the cart
complex|if,while|pump|IF the pressure exceeds 8 bar WHILE the valve is closed, THEN the pump SHALL stop
complex|if,while|pump|If the pressure exceeds 8 bar, while the valve is closed, then the pump shall stop.
complex|when,while|watch|When the wearer falls and while no movement is detected for 30 s, the watch shall call the emergency contact.
complex|while,when|watch|While armed and when motion is detected, the watch shall vibrate.
complex|where,when|ECU|Where the vehicle is equipped with start-stop, when the clutch is released, the ECU shall cut the ignition.
complex|where,when|primary controller of the turbine|WHERE a second controller is fitted, WHEN the heartbeat is lost, THE primary controller of the turbine SHALL raise ALARM_7.
complex|where,when|system|Where the user holds the admin role, when they open Settings, the system shall show the Audit tab.
complex|while,if|Monitor|While the patient is asleep, if the heart rate drops below 40 bpm for more than 10 s, then the Monitor shall alert the nurse station within 2 s.
complex|while,if|insulin pump|While in closed-loop mode, if the sensor reading is missing, stale, or out of range, the insulin pump shall fall back to the basal rate.
complex|if,where|Wallet|IF a transfer fails WHERE instant payments are enabled THEN THE Wallet SHALL retry over SEPA
complex|when,where,if|Portal|When a claim is filed, where fraud scoring is licensed, if the score exceeds 0.9, then the Portal shall route the claim to an adjuster.
complex|while,when|Upload Manager|While an upload is paused, whenever connectivity returns, the Upload Manager shall resume it.
complex|while,when|flight computer|During ascent, when the altitude reaches 100 km, the flight computer shall separate the stage.
complex|while,when|flight computer|During ascent, upon reaching 100 km, the flight computer shall separate the stage.
complex|while,when|robot|While docked, once charging completes, the robot shall leave the dock.
complex|where,while|heater|Where a timer is installed and while the room is empty, the heater shall stay off.
complex|while,when|Editor|WHILE a document is open and WHEN the user presses Ctrl+S, or WHEN 60 seconds have passed, THE Editor SHALL save the document
complex|when,if|parser|when a line is read, if it starts with "#" or "WHEN", then the parser shall skip it
complex|while,when|system|WHILE `status == "running"` AND WHEN `stop()` is called, THE system SHALL set `status` to `"stopped"`
complex|when,while|POS terminal|When a card is inserted (chip or magnetic stripe), while a sale is open, the POS terminal shall read the card.
complex|while,if|Satellite|While in eclipse, if the battery voltage drops below 24 V, then the Satellite shall enter safe mode.
complex|where,if|Smart Lock|Where remote unlock is supported, if the caller is not authenticated, the Smart Lock shall not unlock.
complex|where,when|system|Where applicable, when a form is submitted, the system shall validate it.
complex|when,where|system|WHEN a comment is posted WHERE moderation is on, THEN the system SHALL hold it for review
complex|while,when|Dashboard|WHILE filters a, b, and c are set, WHEN new data arrives, THE Dashboard SHALL apply the filters to it
complex|when,if|ATM|When the customer enters a PIN and if the PIN is wrong, the ATM shall decrement the counter.
complex|if,when|ATM|If the card is blocked, when it is inserted, then the ATM shall swallow it.
complex|if,when|Compiler|IF a module is missing WHEN the build runs, THEN THE Compiler SHALL fail with E042
complex|while,where|signal head|While the line is closed, where a shunting signal is present, the signal head shall show two red lights.
complex|while,when|system|While user A, user B, or user C is online, when a message is sent, then the system shall deliver it at once.
complex|where,while,when,if|BMS|Where cooling is fitted, while charging, when a cell exceeds 45 °C, if the fan is stuck, then the BMS shall stop charging.
complex|while,when|dialysis machine|While treatment is running and the alarm is silenced, when the venous pressure exceeds 200 mmHg, the dialysis machine shall clamp the line.
complex|where,when|Treasury Service|WHERE the account holds EUR, USD, or GBP, WHEN a rate changes by more than 0.5 %, THE Treasury Service SHALL revalue the account
complex|if,while|RateLimiter|IF `count > limit` WHILE `window` is open THEN THE `RateLimiter` SHALL return 429
complex|while,if|landing gear controller|While on approach, if the gear is not down by 500 ft, then the landing gear controller shall sound "GEAR, GEAR" until the gear is down.
complex|where,while,if|Ledger of the clearing house|WHERE netting is agreed, WHILE the market is closed, IF a trade is amended (price or volume), THEN THE Ledger of the clearing house SHALL recompute the position
"""

OTHERS = r"""
unwanted|if|drone|If the GPS signal is lost while the drone is in flight, then the drone shall hover.
event|when|elevator controller|When the emergency button is pressed, the elevator controller shall stop the car at the next floor.
event|when|Order_Service|WHEN an order is placed, paid, and confirmed, THE Order_Service SHALL reserve the stock
event|when|Order_Service|WHEN an order is placed AND the stock is available, THE Order_Service SHALL reserve the stock
event|when|Order_Service|WHEN an order is placed AND WHEN the stock is available, THE Order_Service SHALL reserve the stock
event|when|cruise control|When the driver presses the brake pedal or the clutch pedal the cruise control shall disengage
event|when|TokenStore|WHEN `refresh()` is called, THE `TokenStore` SHALL return a new token
event|when|API of the billing module|When a tenant is deleted, the API of the billing module shall cancel every open invoice.
event|when|head of the queue|WHEN an item expires, the head of the queue SHALL be removed
event|when|system|Whenever the door opens, the system shall turn on the light.
event|when|system|Upon detecting an intrusion, the system shall lock all doors.
event|when|system|Upon completion of the upload the system shall delete the temporary file.
event|when|installer|Once all files are copied, the installer shall offer to restart the computer.
event|when|client|When the server replies "if in doubt, retry when ready", the client shall retry once.
event|when|Parser|WHEN the text contains `WHILE x IF y`, THE Parser SHALL treat it as code
event|when|controller|When the pressure, which is measured by sensor A, rises above 5 bar, the controller shall open the valve.
event|when|controller|When the temperature rises above 80 °C (if measured by sensor B), the controller shall open the valve.
event|when|Cart|WHEN the shopper adds the first, second, or third item, THE Cart SHALL show a hint
event|when|user interface|When the user selects a file, a folder, or a link, the user interface shall show a preview.
event|when|it|When the timer expires, it shall reset to zero.
event|when|system|When a user who should not see the page requests it, the system shall respond with 403.
event|when|system|WHEN a request that must be audited arrives THEN the system SHALL write an audit record
event|when|Notification Service|When an invoice is more than 30 days overdue, the Notification Service will email the customer.
event|when|dispatcher|When a call is received, the dispatcher must answer it within 10 seconds.
event|when|operator|When the alarm sounds, the operator should acknowledge it.
event|when|system|The system shall send a confirmation email when the order has shipped.
event|when|Logger|THE Logger SHALL rotate the file whenever it exceeds 10 MB
ubiquitous||system|The system shall lock the account upon five failed attempts.
ubiquitous||system|The system shall start the backup once the last user has logged off.
state|while|system|While the machine is in maintenance mode, the system shall reject new jobs.
state|while|display|While in stand-by, the display shall be off.
state|while|display|During the boot sequence the display shall show the logo.
state|while|display|During start-up, the display shall show the logo.
state|while|ventilator|While the patient is connected and the alarm is not muted, the ventilator shall monitor airway pressure.
state|while|ventilator|WHILE ventilation is active AND WHILE the door is closed, THE ventilator SHALL log pressure every 10 ms
state|while|Player|THE Player SHALL show a spinner while the video is buffering
state|while|Editor|THE Editor SHALL disable the Save button WHILE a save is in progress
ubiquitous||system|The system shall reject all writes during maintenance.
unwanted|if|system|If the user enters an invalid PIN three times, then the system shall retain the card.
unwanted|if|system|If the user enters an invalid PIN three times, the system shall retain the card.
unwanted|if|system|If no response is received within 30 s, the system shall retry.
unwanted|if|Auth Gateway|IF the token is missing, malformed, or expired THEN THE Auth Gateway SHALL respond with HTTP 401
unwanted|if|Auth Gateway|IF the token is missing OR the signature is wrong, THEN THE Auth Gateway SHALL respond with HTTP 401 and SHALL NOT reveal which
unwanted|if|sensor hub|If a sensor fails the sensor hub shall mark it as degraded
unwanted|if|compiler|If a file cannot be read, the compiler shall print its name and continue.
unwanted|if|compiler|If the file may not be written, then the compiler shall exit with code 2.
unwanted|if|compiler|If the file should have been deleted but still exists, then the compiler shall delete it.
unwanted|if|system|The system shall display an error if the upload fails.
unwanted|if|Scheduler|THE Scheduler SHALL skip the job IF its lock is held by another worker
unwanted|if|wallet|If the balance is negative then the wallet shall not allow withdrawals.
optional|where|car|Where the car has a tow bar, the car shall offer trailer mode.
optional|where|system|Where multi-currency is supported, the system shall show the exchange rate.
optional|where|Report|WHERE the premium plan is active, THE Report SHALL contain charts
optional|where|Report|WHERE the `charts` flag is `true` THE Report SHALL contain charts
optional|where|product|Where required by local law, the product shall display the fuel consumption.
ubiquitous||mobile phone|The mobile phone shall have a mass of less than 150 grams.
ubiquitous||system|The system shall encrypt all data at rest using AES-256.
ubiquitous||system|The system shall be available 99.9 % of the time.
ubiquitous||API|THE API SHALL respond within 200 ms for 95 % of requests
ubiquitous||system|The system shall not store card verification values.
ubiquitous||braking distance of the train|The braking distance of the train shall not exceed 800 m at 120 km/h.
ubiquitous||user manual|The user manual shall describe what to do if the device overheats.
ubiquitous||user manual|The user manual shall explain when to replace the filter.
ubiquitous||software|The software shall determine whether the checksum is valid.
ubiquitous||system|The system shall record who opened the file and when.
ubiquitous||system|The system shall only accept files if they are signed.
ubiquitous||system|The system shall unlock the door only when two keys are turned.
ubiquitous||system|The system shall unlock the door only if two keys are turned.
ubiquitous||system|The system shall provide a "When" column and an "If" column.
ubiquitous||parse function|The `parse` function shall return `None` for empty input.
ubiquitous||system|The system shall support users with screen readers.
ubiquitous||screen reader label|Every screen reader label must be unique.
ubiquitous||user|The user shall be able to cancel the upload at any time.
ubiquitous||password|No password shall be logged.
ubiquitous||system|In the event of a power failure the system shall save its state.
ubiquitous||system|After a crash, the system shall restore the last session.
ubiquitous||system|Before each flight, the system shall run a self-test.
ubiquitous||system|Within 5 seconds of start-up, the system shall show the main menu.
ubiquitous||device|For safety reasons, the device shall beep twice.
ubiquitous||data centre|The data centre shall be located in a country where GDPR applies.
ubiquitous||system|The system shall let users choose where files are saved.
ubiquitous||system|The system shall retain logs for at least 90 days.
ubiquitous||system|The system shall wait until the queue is empty.
ubiquitous||system|Unless the user opts out, the system shall collect usage statistics.
ubiquitous||system|The system shall log every login, even if it fails.
ubiquitous||system|The system shall be usable as if it were a local drive.
ubiquitous||Seat belt warning|Seat belt warning shall be visible from the driver position.
ubiquitous||total latency|The total latency (measured when the system is idle) shall be below 20 ms.
property||function|For any list of numbers, the function shall return the same list sorted.
property||balance|For all accounts, the balance shall never be negative.
property||encoder|For every valid message, the encoder shall produce output that decodes to the same message.
none|||As a user, I want to reset my password so that I can log in again.
none|||When the user clicks on Save
none|||The login page loads in two seconds.
none|||Given a registered user
none|||Given a registered user, when they log in, then the dashboard is shown
none|||WHEN the user logs in THEN the dashboard is shown
none|||Then the cart is empty
none|||Performance
none|||See section 4.2 for details.
none|||Note: this feature is optional.
none|||If the build fails, check the log.
none|||- GIVEN an empty cart WHEN the user adds an item THEN the cart shows 1 item
none|||TBD
none|||Fast, reliable and easy to use
event|when|system|Given a signed-in user, when the session expires, then the system shall redirect to login.
event|when|Kernel|when an interrupt occurs the Kernel shall save all registers
event|when|Ride Service|As soon as a driver accepts, when the rider is notified, the Ride Service shall start the timer.
unwanted|if|robot arm|IF force on the gripper exceeds 20 N, THEN THE robot arm SHALL stop within 50 ms and THE operator panel SHALL show "Overload".
event|when|radar|When a target enters the 10 km zone, the radar shall track the target until it leaves the zone.
state|while|system|While the user is logged in, the system shall lock the screen when no input is received for 5 minutes.
event|when|system|When the user logs in, the system shall show a warning if the password expires within 7 days.
optional|where|kiosk|Where a card reader is installed, the kiosk shall accept cards when it is open.
event|when|Sync Engine|**WHEN** the network returns **THEN** the Sync Engine **SHALL** upload pending changes
event|when|system|1.2.3 When the file is saved, the system shall create a backup.
event|when|system|- [ ] **REQ-12** When the file is saved, the system shall create a backup.
optional|where|system|FR-7: Where dark mode is available, the system shall follow the OS theme.
event|when|system|When, after a restart, the cache is cold, the system shall warm it.
event|when|system|When the user's browser doesn't support WebGL, the system shall show a static map.
unwanted|if|system|If, and only if, the signature is valid, the system shall accept the update.
event|when|screen|When the system is idle for 10 minutes, then the screen shall be locked by the system.
unwanted|if|bank|IF a transfer exceeds EUR 10,000.00, THEN the bank SHALL file a report no later than 3 days after the transfer.
event|when|Exporter|WHEN exporting to CSV, JSON or XML THE Exporter SHALL use UTF-8
event|when|system|When the patient's SpO2 is < 90 % for > 10 s, the system shall raise a high-priority alarm.
event|when|system|When entering a tunnel, the system shall turn on the headlights.
state|while|heater|While heating, the heater shall not exceed 60 °C.
unwanted|if|system|If an error should occur, the system shall log it.
ubiquitous||Trading Engine|The Trading Engine shall match orders in price-time priority.
ubiquitous||system|It is important that the system shall be safe.
ubiquitous||cabin crew panel lights|All cabin crew panel lights shall be dimmable.
ubiquitous||system|As long as the connection is open, the system shall send a heartbeat every 30 s.
event|when|system|In case of fire, when the alarm is triggered, the system shall open all doors.
ubiquitous||system|In case the disk is full, the system shall stop recording.
ubiquitous||system|In the event that the pump fails, the system shall start the spare pump.
event|when|lift|When the lift arrives at a floor and no obstacle is detected, the lift shall open its doors for 5 s.
event|when|POS|When a cashier scans an item whose price is unknown, the POS shall ask for the price.
state|while|Door Controller|While the train is moving when a passenger pulls the handle the Door Controller shall keep the doors locked
event|when|BMS|When any cell exceeds 60 °C, the BMS shall open the contactors within 100 ms.
event|when|Trading Gateway|WHEN an order is received before 09:00, or after 17:30, THE Trading Gateway SHALL reject it with code MARKET_CLOSED
event|when|client SDK|When the SDK, the API, and the CLI disagree about the version, the client SDK shall log a warning.
event|when|Alert Service|WHEN CPU usage is >= 90% for 5 minutes THEN THE Alert Service SHALL page the on-call engineer
event|when|import job|When a row has no id, no name and no date the import job shall skip the row
event|when|Search|WHEN the user types at least 3 characters, THE Search SHALL show suggestions within 150 ms
event|when|app|When the user taps on "Delete account", the app shall ask "Are you sure?" and, when confirmed, delete the account.
event|when|server|When the `If-None-Match` header matches the ETag, the server shall respond with 304.
event|when|hub|Upon loss of power, the hub shall write its state to flash.
event|when|hub|Upon loss of power the hub shall write its state to flash.
event|when|driver station|When the operator releases the dead man's switch, the driver station shall brake the train.
event|when|thermostat|WHEN the room temperature < 18 °C, THE thermostat SHALL switch the heating on
event|when|/orders endpoint|WHEN called without a token, THE `/orders` endpoint SHALL return 401
event|when|OrderService|When a payment completes OrderService shall emit OrderPaid
event|when|OrderService|When payment completes, OrderService shall emit OrderPaid and InventoryService shall reserve stock.
event|when|user|When the trial ends, the user shall be asked to subscribe.
event|when|card reader|When a card is presented to the card reader, the card reader shall beep once for success and twice for failure.
event|when|system|When prompted, the system shall print the receipt.
event|when|system|When the file to be imported contains more than 10,000 rows, the system shall split the import.
event|when|system|When the form, if any, is submitted, the system shall validate the fields.
event|when|system|Once per day the scheduler runs; when it runs, the system shall purge logs.
state|while|pilot display|While autopilot is engaged, the pilot display shall show AP in green.
state|while|system|While no operator is logged in the system shall display the attract screen
state|while|radio|While transmitting, the radio shall limit output power to 5 W.
state|while|Kernel|WHILE an interrupt handler runs, THE Kernel SHALL NOT schedule other tasks on that CPU.
state|while|lathe|While the guard is open or the key is removed, the lathe shall not start.
state|while|system|During an active call, the system shall mute notifications.
state|while|session|While a session is active the session shall be extended by 15 minutes after each request
unwanted|if|lander|If radar altimeter data is lost, then the lander shall use barometric altitude.
unwanted|if|Parser|IF the input is `null`, `""`, or whitespace, THEN THE Parser SHALL throw `EmptyInputError`
unwanted|if|mail server|If mail cannot be delivered within 4 hours, the mail server shall notify the sender.
unwanted|if|wheelchair|If the joystick is released the wheelchair shall come to a stop within 0.5 m.
unwanted|if|upload service|If the file exceeds 10 MB or if its type is not allowed, then the upload service shall reject it.
unwanted|if|dispenser|IF the cup is missing AND IF the tray is full, THEN the dispenser SHALL beep
unwanted|if|system|If the user does nothing, then after 60 seconds the system shall log the user out.
unwanted|if|system|The system shall roll back the transaction if any step fails.
unwanted|if|Reporter|THE Reporter SHALL include a warning if more than 5 % of rows were skipped.
optional|where|washing machine|Where the washing machine has a steam function, the washing machine shall offer the Refresh program.
optional|where|SSO module|WHERE SAML is configured, THE SSO module SHALL sign every request.
optional|where|admin|Where the contract includes support, the admin shall see the Support tab.
ubiquitous||aircraft|The aircraft shall have two independent hydraulic systems.
ubiquitous||system|The system shall comply with ISO 26262 ASIL B.
ubiquitous||HMI|The HMI shall be readable in direct sunlight.
ubiquitous||platform|The platform shall support at least 10,000 concurrent users.
ubiquitous||customer|The customer shall receive an invoice by e-mail.
ubiquitous||response time of the service|The response time of the service shall not exceed 300 ms (95th percentile).
ubiquitous||data|All data shall be encrypted in transit.
ubiquitous||module|Each module shall be independently deployable.
ubiquitous||system|The system shall store when, where and by whom a record was changed.
ubiquitous||system|The system shall check whether the user is logged in before each request.
ubiquitous||operator|The operator shall only be able to start the press if both hands are on the buttons.
ubiquitous||fuel gauge|The fuel gauge shall be accurate to within 2 %.
event|when|Service|THE Service SHALL expose a `GET /health` endpoint that returns 200 when healthy
ubiquitous||system|Except during maintenance, the system shall be available 24/7.
ubiquitous||API keys|API keys shall never be logged.
ubiquitous||system|In degraded mode, the system shall serve cached data.
ubiquitous||system|By default, the system shall use dark mode.
property||queue|For any sequence of pushes and pops, the queue SHALL preserve order.
property||merge|For all a and b, merge(a, b) SHALL equal merge(b, a).
none|||Users need a way to reset passwords.
none|||When in doubt, ask the product owner.
none|||Out of scope: mobile apps
none|||If time permits: dark mode
none|||Acceptance criteria
none|||As an admin, I want to see when users log in, so that I can audit access.
"""


def rows(table: str) -> list[tuple[str, str, str, str]]:
    split = (line.split("|", 3) for line in table.strip().splitlines())
    return [(pattern, kinds, subject, text) for pattern, kinds, subject, text in split]


# req: check/1.2
@pytest.mark.parametrize(("pattern", "kinds", "subject", "text"), rows(COMPLEX) + rows(OTHERS))
def test_sentence(pattern: str, kinds: str, subject: str, text: str) -> None:
    statement = parse(text)
    assert statement.pattern.value == pattern
    if pattern != "none":
        assert ",".join(statement.patterns) == kinds
    assert statement.subject == subject


def test_there_are_sixty_complex_sentences() -> None:
    assert len(rows(COMPLEX)) >= 60


@pytest.mark.parametrize(("pattern", "kinds", "subject", "text"), rows(COMPLEX))
def test_a_complex_sentence_cut_at_any_place_still_parses(pattern: str, kinds: str, subject: str, text: str) -> None:
    for end in range(0, len(text), 7):
        statement = parse(text[:end])
        assert all(0 <= clause.start <= clause.end <= end for clause in statement.clauses)
