"""A citizen's booking through python3-zeep, driven by the WSDL that the service serves."""

import os
import sys
from datetime import datetime, timedelta
from types import SimpleNamespace

import requests
import zeep
from zeep.exceptions import Fault

E = {k[len("PEER_"):]: v for k, v in os.environ.items() if k.startswith("PEER_")}
VERSION = E["VERSION"]


def ok(step):
    print("ok", step, flush=True)


def check(condition, *what):
    if not condition:
        sys.exit("not so: " + " ".join(map(repr, what)))


def equal(got, want, what):
    check(got == want, what, got, "is not", want)


session = requests.Session()
# Or REQUESTS_CA_BUNDLE would beat verify, and a proxy be asked for loopback.
session.trust_env = False
session.verify = E["CA"]
if E["CERT"]:
    session.cert = (E["CERT"], E["KEY"])
transport = zeep.Transport(session=session, timeout=30, operation_timeout=30)
client = zeep.Client(E["WSDL"], transport=transport)
BINDING = "{http://service.bm.dk/pjaktass/3/ExternalBookingService}ExternalBookingServiceBinding"
if VERSION == "1.2":
    BINDING += "12"
if E["MODE"] == "refused":
    service = client.create_service(BINDING, E["URL"])
else:
    # The address that the WSDL names.
    service = client.bind("ExternalBookingService", "ExternalBookingService" + ("12" if VERSION == "1.2" else ""))
    equal(service._binding_options["address"], E["URL"], "address in the WSDL")
ok("wsdl")

HEADERS = {
    "ActiveOrganisationHeader": {"OrganisationTypeIdentifier": 8, "OrganisationCode": E["JOB_CENTRE"]},
    "RequestUserMetadataHeader": {
        "RequestUserStructure": {
            "UserFullName": E["USER_NAME"],
            "RequestUserTypeIdentifier": {"CodeListItemIdentifier": 1},
            "UserIdentifier": E["CITIZEN"],
        },
        "RequestOrganisationStructure": {
            "OrganisationTypeIdentifier": {"CodeListItemIdentifier": 8},
            "OrganisationCode": E["JOB_CENTRE"],
        },
        "RegistrationDateTime": datetime.fromisoformat(E["NOW"]),
    },
}


def call(operation, cpr=None, job_centre=None, **fields):
    return service[operation](
        PersonCivilRegistrationIdentifier=cpr or E["CITIZEN"],
        JobCenterCode=job_centre or E["JOB_CENTRE"],
        _soapheaders=HEADERS,
        **fields,
    )


def code(n):
    return {"CodeListItemIdentifier": n}


def at(name):
    return datetime.fromisoformat(E[name])


def interval(start="FROM", end="TO"):
    return {"BookingOptionIntervalStartTime": at(start), "BookingOptionIntervalEndTime": at(end)}


def options(**fields):
    answer = call("GetSelfbookInterviewOptions", HasExternalOperatorReferral=False, **fields)
    return {o.InterviewOptionID: o for o in answer}  # zeep takes off the wrappers of a list that is alone


def slots(answer):
    """The times with the identifiers of who may hold them."""
    workers = {w.CaseWorkerID: w.Supervisor for w in answer.CaseWorkerToBookCollection.CaseWorkerToBook}
    return [
        SimpleNamespace(
            start=s.StartTime,
            workers=[workers[n].CaseWorkerIdentifier for n in s.CaseWorkerIDCollection.CaseWorkerID],
            raw=s,
        )
        for s in answer.BookingTimeslotCollection.BookingTimeslot
    ]


def times(operation="GetSelfbookTimeslots", start="FROM", end="TO", **fields):
    return slots(call(operation, **interval(start, end), **fields))


def contact_types(of):
    return [c.CodeListItemIdentifier for c in of.InterviewContactTypeIdentifierCollection.InterviewContactTypeIdentifier]


def told(fault):
    """Number and text of a fault's FaultDetails, read with the contract's types."""
    equal(fault.code.split(":")[-1], "Sender" if VERSION == "1.2" else "Client", "fault code of " + str(fault.message))
    detail = fault.detail[0] if len(fault.detail) else fault.detail
    details = client.wsdl.types.deserialize(detail)
    equal(details.Message, fault.message, "text in the detail and outside")
    equal((details.InnerException, details.StackTrace, details.Source), (None, None, None), "internals")
    return details.ErrorCode, details.Message


def refused(step, number, f):
    try:
        answer = f()
    except Fault as fault:
        got, text = told(fault)
        equal(got, number, step + ": " + text)
        ok(step)
        return text
    sys.exit("%s: not refused: %s" % (step, str(answer)[:500]))


def flow():
    shown = options(ContactGroupTypeIdentifier=code(1))
    rich, sparse = shown[E["OPTION"]], shown[E["SPARSE_OPTION"]]
    equal((rich.MeetingTitle, rich.MeetingDescription), (E["TITLE"], E["DESCRIPTION"]), "texts")
    equal((rich.MeetingDurationMinutes, rich.IsCompulsory, contact_types(rich)), (60, True, [1, 2]), "rich option")
    place = rich.InterviewLocationDetail
    equal(place.InterviewLocationDescription, E["PLACE"], "place")
    equal((place.AddressPostal.StreetName, place.AddressPostal.DistrictName), (E["STREET"], E["DISTRICT"]), "address")
    equal((place.AddressPostal.SuiteIdentifier, place.AddressPostal.CountryIdentificationCode), (None, None), "absent in the address")
    check(rich.FirstTimeslot and rich.LastTimeslot and rich.FirstTimeslot < rich.LastTimeslot, "first and last time", rich)
    equal((sparse.IsCompulsory, sparse.MeetingDurationMinutes, contact_types(sparse)), (False, 45, [8]), "sparse option")
    equal((sparse.InterviewLocationDetail.InterviewLocationDescription, sparse.InterviewLocationDetail.AddressPostal),
          (E["SPARSE_PLACE"], None), "place of the sparse option")
    ok("options")

    everything = options(
        ContactGroupTypeIdentifier=code(1),
        PersonCategory={"PersonCategoryTypeIdentifier": code(2), "IncidentDate": at("PAST")},
        PersonGroupProjectIdentifierCollection={"PersonGroupProjectIdentifier": [E["UNKNOWN"], E["BOOKING"]]},
        AbsenceCollection={"Absence": [
            {"AbsenceIdentifier": E["UNKNOWN"], "StartDate": at("FROM"), "EndDate": at("TO"), "AbsenceTypeIdentifier": code(3)},
            {"AbsenceIdentifier": E["BOOKING"]},
        ]},
    )
    equal(set(everything), set(shown), "options when everything is told")
    ok("options-with-everything")

    check(E["GROUP_OPTION"] not in shown, "the contact group's option is shown to others")
    check(E["GROUP_OPTION"] in options(ContactGroupTypeIdentifier=code(int(E["GROUP"]))), "the contact group's option is not shown")
    ok("options-by-contact-group")

    answer = call("GetSelfbookCaseWorkers", InterviewOptionID=E["OPTION"])
    workers = {w.Supervisor.CaseWorkerIdentifier: w.Supervisor for w in answer}
    one, other = workers[E["CASE_WORKER"]], workers[E["OTHER"]]
    equal((one.CaseWorkerGivenName, one.CaseWorkerMiddleName, one.CaseWorkerSurname), (E["GIVEN"], E["MIDDLE"], E["SURNAME"]), "name")
    equal((other.CaseWorkerGivenName, other.CaseWorkerMiddleName, other.CaseWorkerSurname),
          (E["OTHER_GIVEN"], None, E["OTHER_SURNAME"]), "name without a middle name")
    ok("case-workers")

    anybody = times(InterviewOptionID=E["OPTION"])
    check(len(anybody) > 20, "few times", len(anybody))
    check(len({w for s in anybody for w in s.workers}) > 2, "times with few people")
    for s in anybody:
        check(at("FROM") <= s.start < at("TO"), "time outside the interval", s)
        equal((contact_types(s.raw), s.raw.RebookingPossible, s.raw.CancellationPossible), ([1, 2], True, True), "what a time tells")
        equal((s.raw.MaxNoOfSeats, s.raw.AvailableNoOfSeats), (None, None), "seats of a meeting for one")
    ok("times-of-anybody")

    with_one = times(InterviewOptionID=E["OPTION"], CaseWorkerIdentifier=E["CASE_WORKER"])
    check(len(with_one) > 3, "few times", len(with_one))
    equal({w for s in with_one for w in s.workers}, {E["CASE_WORKER"]}, "who holds them")
    ok("times-of-one")

    far = times(end="FAR", InterviewOptionID=E["SPARSE_OPTION"])
    check(len(far) > 300 and far[-1].start - far[0].start > timedelta(days=150), "half a year of times", len(far))
    ok("times-far-ahead")

    start, moved_to = with_one[0].start, with_one[-1].start
    held = call("GetBookingDetails", InterviewOptionID=E["OPTION"], BookingStartTime=start, CaseWorkerIdentifier=E["CASE_WORKER"],
                InterviewContactTypeIdentifier=code(2))
    check(held.ReservedTimeslotIdentifier, "no reservation", held)
    d = held.BookingDetails
    equal((d.BookingStartTime, d.BookingEndTime - d.BookingStartTime), (start, timedelta(minutes=60)), "time of the details")
    equal((d.InterviewContactTypeIdentifier.CodeListItemIdentifier, d.MeetingTitle, d.MeetingDescription), (2, E["TITLE"], E["DESCRIPTION"]), "details")
    equal((d.TelephoneNumberIdentifier, d.EmailAddressIdentifier), (E["PHONE"], E["EMAIL"]), "how to reach them")
    equal((d.Supervisor.CaseWorkerIdentifier, d.Supervisor.CaseWorkerMiddleName), (E["CASE_WORKER"], E["MIDDLE"]), "who holds it")
    equal(d.InterviewLocationDetail.AddressPostal.DistrictName, E["DISTRICT"], "where")
    check(d.RebookingPossible and d.RebookingDeadline < start, "rebooking", d)
    check(d.CancellationPossible and d.CancellationDeadline < start, "cancellation", d)
    equal(d.GroupMeetingIdentifier, None, "group meeting")
    ok("reserve")

    ask = dict(BookingIdentifier=E["BOOKING"], InterviewOptionID=E["OPTION"], ReservedTimeslotIdentifier=held.ReservedTimeslotIdentifier,
               BookingStartTime=start, CaseWorkerIdentifier=E["CASE_WORKER"], InterviewContactTypeIdentifier=code(2))
    receipt = call("CreateBooking", **ask)
    equal(receipt.BookingIdentifier, E["BOOKING"], "receipt")
    ok("book")
    again = call("CreateBooking", **ask)
    equal((again.MessageIdentifier, again.EventDate), (receipt.MessageIdentifier, receipt.EventDate), "receipt of the repeat")
    ok("book-again")

    text = refused("taken", 4770, lambda: call(
        "CreateBooking", cpr=E["RIVAL"], BookingIdentifier=E["UNKNOWN"], InterviewOptionID=E["OPTION"], BookingStartTime=start,
        CaseWorkerIdentifier=E["CASE_WORKER"]))
    equal(text, E["TAKEN_TEXT"], "text of the refusal")

    elsewhere = times("GetRescheduleTimeslots", BookingIdentifier=E["BOOKING"], CaseWorkerIdentifier=E["CASE_WORKER"])
    check(moved_to in [s.start for s in elsewhere], "the other time is not offered")
    check(start not in [s.start for s in elsewhere], "the booking's own time is offered")
    ok("times-to-move-to")

    held = call("GetBookingDetails", BookingIdentifier=E["BOOKING"], BookingStartTime=moved_to)
    check(held.ReservedTimeslotIdentifier, "no reservation", held)
    equal((held.BookingDetails.BookingStartTime, held.BookingDetails.Supervisor.CaseWorkerIdentifier), (moved_to, E["CASE_WORKER"]), "the move's details")
    ok("reserve-a-move")
    receipt = call("RescheduleBooking", BookingIdentifier=E["BOOKING"], ReservedTimeslotIdentifier=held.ReservedTimeslotIdentifier, BookingStartTime=moved_to)
    equal(receipt.BookingIdentifier, E["BOOKING"], "receipt of the move")
    ok("move")
    now_free = [s.start for s in times(cpr=E["RIVAL"], InterviewOptionID=E["OPTION"], CaseWorkerIdentifier=E["CASE_WORKER"])]
    check(start in now_free and moved_to not in now_free, "the move did not free the one and take the other")
    ok("moved")

    start = times(cpr=E["RIVAL"], InterviewOptionID=E["SPARSE_OPTION"])[0].start
    d = call("GetBookingDetails", cpr=E["RIVAL"], InterviewOptionID=E["SPARSE_OPTION"], BookingStartTime=start).BookingDetails
    equal((d.InterviewLocationDetail.AddressPostal, d.CancellationPossible, d.CancellationDeadline), (None, False, None), "what the sparse option lacks")
    equal((d.BookingEndTime - d.BookingStartTime, d.InterviewContactTypeIdentifier.CodeListItemIdentifier), (timedelta(minutes=45), 8), "sparse details")
    check(d.RebookingPossible and d.RebookingDeadline, "rebooking", d)
    ok("sparse-details")


def refusals():
    def ask_times(**fields):
        return call("GetSelfbookTimeslots", **{**interval(), "InterviewOptionID": E["OPTION"], **fields})

    def reserve(**fields):
        return call("GetBookingDetails", **{"InterviewOptionID": E["OPTION"], "BookingStartTime": at("FROM") + timedelta(hours=10), **fields})

    def reschedule_times(**fields):
        return call("GetRescheduleTimeslots", **interval(), **fields)

    refused("malformed-cpr", 1001, lambda: ask_times(cpr="010180-1234"))
    refused("unknown-cpr", 1010, lambda: reserve(cpr="0000000000"))
    refused("unknown-option", 4770, lambda: ask_times(InterviewOptionID=E["UNKNOWN"]))
    refused("unknown-job-centre", 4575, lambda: ask_times(job_centre="99999"))
    refused("unknown-booking", 4768, lambda: reschedule_times(BookingIdentifier=E["UNKNOWN"]))
    refused("anothers-booking", 8107, lambda: reschedule_times(cpr=E["RIVAL"], BookingIdentifier=E["BOOKING"]))
    refused("past", 4783, lambda: reserve(BookingStartTime=at("PAST")))
    refused("past-interval", 4783, lambda: ask_times(**interval("PAST", "PAST_END")))
    refused("end-before-start", 4792, lambda: ask_times(**interval("TO", "FROM")))
    refused("contact-type", 4708, lambda: reserve(InterviewContactTypeIdentifier=code(8)))
    refused("conflicting-repeat", 1014, lambda: call(
        "CreateBooking", BookingIdentifier=E["BOOKING"], InterviewOptionID=E["OPTION"], BookingStartTime=at("FROM")))

    envelope = client.create_message(
        service, "GetSelfbookCaseWorkers", PersonCivilRegistrationIdentifier=E["CITIZEN"], JobCenterCode=E["JOB_CENTRE"],
        InterviewOptionID=E["OPTION"], _soapheaders=HEADERS)
    good = zeep.wsdl.utils.etree_to_string(envelope)

    def post(body):
        operation = service._binding.get("GetSelfbookCaseWorkers")
        kind = "text/xml" if VERSION == "1.1" else "application/soap+xml"
        response = transport.post(E["URL"], body, {"Content-Type": kind + "; charset=utf-8", "SOAPAction": '""'})
        equal(response.status_code, 500, "HTTP status")
        return service._binding.process_reply(client, operation, response)

    wrong = good.replace(b"GetSelfbookCaseWorkersRequest", b"DeleteEverythingRequest")
    check(wrong != good, "nothing replaced")
    refused("wrong-element", 1014, lambda: post(wrong))
    refused("malformed-xml", 1014, lambda: post(good[: len(good) // 2] + b"<&" + good[len(good) // 2:]))
    refused("too-large", 1014, lambda: options(
        ContactGroupTypeIdentifier=code(1),
        PersonGroupProjectIdentifierCollection={"PersonGroupProjectIdentifier": [E["UNKNOWN"]] * 12000}))
    check(ask_times(), "no answer")
    ok("still-answering")


def no_entry():
    try:
        call("GetSelfbookCaseWorkers", InterviewOptionID=E["OPTION"])
    except requests.exceptions.ConnectionError as e:
        print(e)
        ok("refused")
        return
    sys.exit("let in")


{"flow": flow, "refusals": refusals, "refused": no_entry}[E["MODE"]]()
