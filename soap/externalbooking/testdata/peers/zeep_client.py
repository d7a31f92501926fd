"""Reads our WSDL and calls us, as a caller who has nothing but the contract. usage: zeep_client.py WSDL PORT"""
import sys, datetime, requests, zeep
from zeep.transports import Transport
from zeep.exceptions import Fault

session = requests.Session()
session.trust_env = False
client = zeep.Client(sys.argv[1], transport=Transport(session=session))
service = client.bind("ExternalBookingService", sys.argv[2])
ns = "{http://rep.oio.dk/ams.dk/xml/schemas/2005/09/01/}"
header = client.get_element(ns + "ActiveOrganisationHeader")(OrganisationTypeIdentifier=8, OrganisationCode="10100")
option = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
who = dict(PersonCivilRegistrationIdentifier="0101801234", JobCenterCode="10100")

r = service.GetSelfbookInterviewOptions(**who, ContactGroupTypeIdentifier={"CodeListItemIdentifier": 1}, HasExternalOperatorReferral=False, _soapheaders=[header])
assert [o.MeetingTitle for o in r] == ["Opfølgende samtale", "Møde"], r
r = service.GetSelfbookTimeslots(**who, InterviewOptionID=option, BookingOptionIntervalStartTime=datetime.datetime(2026, 10, 23), BookingOptionIntervalEndTime=datetime.datetime(2026, 10, 27), _soapheaders=[header])
assert len(r.BookingTimeslotCollection.BookingTimeslot) == 4, r
assert r.BookingTimeslotCollection.BookingTimeslot[1].StartTime.utcoffset() == datetime.timedelta(hours=2), r
assert r.CaseWorkerToBookCollection.CaseWorkerToBook[1].Supervisor.CaseWorkerSurname == "Sørensen & Søn <x>", r
r = service.GetBookingDetails(**who, InterviewOptionID=option, BookingStartTime=datetime.datetime(2026, 12, 1, 9), _soapheaders=[header])
assert r.BookingDetails.RebookingPossible and r.BookingDetails.RebookingDeadline, r
try:
    service.CreateBooking(**who, BookingIdentifier="0b5f1c3a-54d1-4f2e-9a55-6d1f5b7f1a01", InterviewOptionID=option, BookingStartTime=datetime.datetime(2026, 12, 1, 10), _soapheaders=[header])
    raise SystemExit("a taken time was booked")
except Fault as f:
    assert "ikke længere ledig" in f.message, f.message
    assert f.detail.find(".//{http://service.bm.dk/xml/schemas/2011/01/12/}ErrorCode").text == "4770", f.detail
print("ok")
