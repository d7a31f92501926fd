"""Reads our WSDL and calls us, as a caller who has nothing but the contract. usage: zeep_client.py WSDL PORT"""
import sys, datetime, requests, zeep
from zeep.transports import Transport

session = requests.Session()
session.trust_env = False
client = zeep.Client(sys.argv[1], transport=Transport(session=session))
service = client.bind("PlannerExternalCalendarService", sys.argv[2])
ns = "{http://rep.oio.dk/ams.dk/xml/schemas/2005/09/01/}"
headers = [client.get_element(ns + "ActiveOrganisationHeader")(OrganisationTypeIdentifier=8, OrganisationCode="10100")]
event = dict(CalendarEventStartTime=datetime.datetime(2026, 12, 1, 9), CalendarEventEndTime=datetime.datetime(2026, 12, 1, 10),
             OriginSystemIdentifier="æ&1", OriginEmailAddress="anna@kommune.dk")
code = lambda r: r.CalendarEventReceipt[0].EventErrorCode.CodeListItemIdentifier
assert code(service.CreateEvents(CalendarEvent=[event], _soapheaders=headers)) == 0
assert code(service.CreateEvents(CalendarEvent=[event], _soapheaders=headers)) == 8
told = service.GetEvents(_soapheaders=headers).CalendarEvent
assert len(told) == 1 and told[0].OriginSystemIdentifier == "æ&1" and told[0].CalendarEventStartTime.hour == 9, told
assert code(service.DeleteEvents(CalendarEvent=[event], _soapheaders=headers)) == 0
people = service.GetResources(_soapheaders=headers).CalendarResource
assert [p.CalendarResourceName for p in people] == ["Anna Ærø Østergård", "Bo Bæk"] and len(people[0].WorkingHours) == 2, people
print("ok")
