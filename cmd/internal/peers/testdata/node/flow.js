// A citizen's booking through npm soap, driven by the WSDL that the service serves.
'use strict';

const fs = require('fs');
const http = require('http');
const https = require('https');
const soap = require('soap');

const E = Object.fromEntries(Object.entries(process.env).filter(([k]) => k.startsWith('PEER_')).map(([k, v]) => [k.slice(5), v]));

const ok = step => console.log('ok ' + step);
function check(condition, ...what) {
  if (!condition) throw new Error('not so: ' + what.map(w => JSON.stringify(w)).join(' '));
}
const equal = (got, want, what) => check(JSON.stringify(got) === JSON.stringify(want), what, got, 'is not', want);
const code = n => ({ CodeListItemIdentifier: n });
// node-soap knows xs:int, but takes a simple type made of it for text.
const number = c => Number(c.CodeListItemIdentifier);
const list = x => (x === undefined || x === null ? [] : [].concat(x));
// node-soap reads a dateTime into a Date, but writes a Date as JavaScript prints it. This is in UTC; other times go as E has them.
const utc = date => new Date(date).toISOString();
const minutes = (from, to) => (to.getTime() - from.getTime()) / 60000;

let client;

// The header's parts, in the contract's namespaces: node-soap does not fill them from the WSDL.
function headers() {
  const tag = (name, content, xmlns) => `<${name}${xmlns ? ` xmlns="${xmlns}"` : ''}>${content}</${name}>`;
  const item = n => tag('CodeListItemIdentifier', n, 'http://service.bm.dk/pjaktass/2013/06/07/CodeListBase/');
  return [
    tag('RequestUserMetadataHeader',
      tag('RequestUserStructure',
        tag('UserFullName', E.USER_NAME) +
        tag('RequestUserTypeIdentifier', item(1), 'http://service.bm.dk/pjaktass/2015/01/21/RequestUserTypeIdentifierCodeList/') +
        tag('UserIdentifier', E.CITIZEN), 'http://service.bm.dk/pjaktass/2015/01/21/RequestUserStructure/') +
      tag('RequestOrganisationStructure',
        tag('OrganisationTypeIdentifier', item(8)) + tag('OrganisationCode', E.JOB_CENTRE),
        'http://service.bm.dk/pjaktass/2015/01/21/RequestOrganisationStructure/') +
      tag('RegistrationDateTime', E.NOW), 'http://service.bm.dk/RequestUserMetadata/2015/01/21/'),
    tag('ActiveOrganisationHeader', tag('OrganisationTypeIdentifier', 8) + tag('OrganisationCode', E.JOB_CENTRE),
      'http://rep.oio.dk/ams.dk/xml/schemas/2005/09/01/'),
  ];
}

async function call(operation, fields, { cpr = E.CITIZEN, jobCentre = E.JOB_CENTRE } = {}) {
  const [answer] = await client[operation + 'Async']({ PersonCivilRegistrationIdentifier: cpr, JobCenterCode: jobCentre, ...fields });
  return answer || {};
}

const interval = (start = 'FROM', end = 'TO') => ({
  BookingOptionIntervalStartTime: utc(E[start]), BookingOptionIntervalEndTime: E[end],
});

async function options(fields, more = {}) {
  const answer = await call('GetSelfbookInterviewOptions', {
    ContactGroupTypeIdentifier: code(1), ...fields.before, HasExternalOperatorReferral: false, ...fields.after,
  }, more);
  return new Map(list(answer.InterviewOptionCollection.InterviewOption).map(o => [o.InterviewOptionID, o]));
}

async function times(fields, { operation = 'GetSelfbookTimeslots', start, end, caseWorker, ...more } = {}) {
  const answer = await call(operation, { ...fields, ...interval(start, end), ...(caseWorker && { CaseWorkerIdentifier: caseWorker }) }, more);
  const workers = new Map(list(answer.CaseWorkerToBookCollection && answer.CaseWorkerToBookCollection.CaseWorkerToBook).map(w => [w.CaseWorkerID, w.Supervisor]));
  return list(answer.BookingTimeslotCollection && answer.BookingTimeslotCollection.BookingTimeslot).map(s => ({
    start: s.StartTime, raw: s, workers: list(s.CaseWorkerIDCollection.CaseWorkerID).map(n => workers.get(n).CaseWorkerIdentifier),
  }));
}

const contactTypes = of => list(of.InterviewContactTypeIdentifierCollection.InterviewContactTypeIdentifier).map(number);

// Number and text of a fault's FaultDetails.
function told(err) {
  const fault = err.root && err.root.Envelope && err.root.Envelope.Body.Fault;
  check(fault, 'no fault: ' + err.stack);
  equal(err.response.status, 500, 'HTTP status');
  const v12 = E.VERSION === '1.2';
  const details = v12 ? fault.Detail.FaultDetails : fault.detail.FaultDetails;
  equal((v12 ? fault.Code.Value : fault.faultcode).split(':').pop(), v12 ? 'Sender' : 'Client', 'fault code');
  const text = v12 ? fault.Reason.Text.$value || fault.Reason.Text : fault.faultstring;
  equal(details.Message, text, 'text in the detail and outside');
  equal(Object.keys(details).filter(k => k !== 'attributes'), ['ErrorCode', 'Message'], 'what the detail tells');
  return [Number(details.ErrorCode), details.Message];
}

async function refused(step, number, promise) {
  let answer;
  try {
    answer = await promise;
  } catch (err) {
    const [got, text] = told(err);
    equal(got, number, step + ': ' + text);
    ok(step);
    return text;
  }
  throw new Error(step + ': not refused: ' + JSON.stringify(answer).slice(0, 500));
}

async function flow() {
  const shown = await options({});
  const rich = shown.get(E.OPTION), sparse = shown.get(E.SPARSE_OPTION);
  equal([rich.MeetingTitle, rich.MeetingDescription, rich.MeetingDurationMinutes, rich.IsCompulsory, contactTypes(rich)],
    [E.TITLE, E.DESCRIPTION, 60, true, [1, 2]], 'rich option');
  const place = rich.InterviewLocationDetail;
  equal([place.InterviewLocationDescription, place.AddressPostal.StreetName, place.AddressPostal.DistrictName, place.AddressPostal.SuiteIdentifier],
    [E.PLACE, E.STREET, E.DISTRICT, undefined], 'place');
  check(rich.FirstTimeslot instanceof Date && rich.FirstTimeslot < rich.LastTimeslot, 'first and last time', rich);
  equal([sparse.IsCompulsory, sparse.MeetingDurationMinutes, contactTypes(sparse), sparse.InterviewLocationDetail],
    [false, 45, [8], { InterviewLocationDescription: E.SPARSE_PLACE }], 'sparse option');
  ok('options');

  const everything = await options({
    before: {
      PersonCategory: { PersonCategoryTypeIdentifier: code(2), IncidentDate: utc(E.PAST) },
      PersonGroupProjectIdentifierCollection: { PersonGroupProjectIdentifier: [E.UNKNOWN, E.BOOKING] },
    },
    after: {
      AbsenceCollection: {
        Absence: [
          { AbsenceIdentifier: E.UNKNOWN, StartDate: E.FROM, EndDate: utc(E.TO), AbsenceTypeIdentifier: code(3) },
          { AbsenceIdentifier: E.BOOKING },
        ],
      },
    },
  });
  equal([...everything.keys()], [...shown.keys()], 'options when everything is told');
  ok('options-with-everything');

  check(!shown.has(E.GROUP_OPTION), "the contact group's option is shown to others");
  check((await options({ before: { ContactGroupTypeIdentifier: code(Number(E.GROUP)) } })).has(E.GROUP_OPTION), "the contact group's option is not shown");
  ok('options-by-contact-group');

  const answer = await call('GetSelfbookCaseWorkers', { InterviewOptionID: E.OPTION });
  const workers = new Map(answer.CaseWorkerToBookCollection.CaseWorkerToBook.map(w => [w.Supervisor.CaseWorkerIdentifier, w.Supervisor]));
  const name = w => [w.CaseWorkerGivenName, w.CaseWorkerMiddleName, w.CaseWorkerSurname];
  equal(name(workers.get(E.CASE_WORKER)), [E.GIVEN, E.MIDDLE, E.SURNAME], 'name');
  equal(name(workers.get(E.OTHER)), [E.OTHER_GIVEN, undefined, E.OTHER_SURNAME], 'name without a middle name');
  ok('case-workers');

  const option = { InterviewOptionID: E.OPTION };
  const anybody = await times(option);
  check(anybody.length > 20 && new Set(anybody.flatMap(s => s.workers)).size > 2, 'few times', anybody.length);
  for (const s of anybody) {
    check(s.start >= new Date(E.FROM) && s.start < new Date(E.TO), 'time outside the interval', s);
    equal([contactTypes(s.raw), s.raw.RebookingPossible, s.raw.CancellationPossible, s.raw.MaxNoOfSeats, s.raw.AvailableNoOfSeats],
      [[1, 2], true, true, undefined, undefined], 'what a time tells');
  }
  ok('times-of-anybody');

  const withOne = await times(option, { caseWorker: E.CASE_WORKER });
  check(withOne.length > 3, 'few times', withOne.length);
  equal([...new Set(withOne.flatMap(s => s.workers))], [E.CASE_WORKER], 'who holds them');
  ok('times-of-one');

  const far = await times({ InterviewOptionID: E.SPARSE_OPTION }, { end: 'FAR' });
  check(far.length > 300 && minutes(far[0].start, far.at(-1).start) > 150 * 24 * 60, 'half a year of times', far.length);
  ok('times-far-ahead');

  const start = withOne[0].start, movedTo = withOne.at(-1).start;
  const at = t => t.getTime();
  const one = { CaseWorkerIdentifier: E.CASE_WORKER };
  const phone = { InterviewContactTypeIdentifier: code(2) };
  let held = await call('GetBookingDetails', { ...option, BookingStartTime: utc(start), ...one, ...phone });
  check(held.ReservedTimeslotIdentifier, 'no reservation', held);
  let d = held.BookingDetails;
  equal([d.BookingStartTime, minutes(d.BookingStartTime, d.BookingEndTime), number(d.InterviewContactTypeIdentifier), d.MeetingTitle, d.MeetingDescription],
    [start, 60, 2, E.TITLE, E.DESCRIPTION], 'details');
  equal([d.TelephoneNumberIdentifier, d.EmailAddressIdentifier, d.Supervisor.CaseWorkerIdentifier, d.Supervisor.CaseWorkerMiddleName],
    [E.PHONE, E.EMAIL, E.CASE_WORKER, E.MIDDLE], 'whom to meet');
  equal(d.InterviewLocationDetail.AddressPostal.DistrictName, E.DISTRICT, 'where');
  check(d.RebookingPossible && d.RebookingDeadline < start && d.CancellationPossible && d.CancellationDeadline < start, 'deadlines', d);
  check(!('GroupMeetingIdentifier' in d), 'group meeting', d);
  ok('reserve');

  const ask = {
    BookingIdentifier: E.BOOKING, ...option, ReservedTimeslotIdentifier: held.ReservedTimeslotIdentifier, BookingStartTime: utc(start), ...one, ...phone,
  };
  const receipt = await call('CreateBooking', ask);
  equal(receipt.BookingIdentifier, E.BOOKING, 'receipt');
  ok('book');
  equal(await call('CreateBooking', ask), receipt, 'receipt of the repeat');
  ok('book-again');

  const text = await refused('taken', 4770, call('CreateBooking',
    { BookingIdentifier: E.UNKNOWN, ...option, BookingStartTime: utc(start), ...one }, { cpr: E.RIVAL }));
  equal(text, E.TAKEN_TEXT, 'text of the refusal');

  const booking = { BookingIdentifier: E.BOOKING };
  const elsewhere = (await times(booking, { operation: 'GetRescheduleTimeslots', caseWorker: E.CASE_WORKER })).map(s => at(s.start));
  check(elsewhere.includes(at(movedTo)) && !elsewhere.includes(at(start)), 'where it can be moved', elsewhere);
  ok('times-to-move-to');

  held = await call('GetBookingDetails', { ...booking, BookingStartTime: utc(movedTo) });
  equal([held.BookingDetails.BookingStartTime, held.BookingDetails.Supervisor.CaseWorkerIdentifier], [movedTo, E.CASE_WORKER], "the move's details");
  ok('reserve-a-move');
  const moved = await call('RescheduleBooking', { ...booking, ReservedTimeslotIdentifier: held.ReservedTimeslotIdentifier, BookingStartTime: utc(movedTo) });
  equal(moved.BookingIdentifier, E.BOOKING, 'receipt of the move');
  ok('move');
  const free = (await times(option, { caseWorker: E.CASE_WORKER, cpr: E.RIVAL })).map(s => at(s.start));
  check(free.includes(at(start)) && !free.includes(at(movedTo)), 'the move did not free the one and take the other');
  ok('moved');

  const first = (await times({ InterviewOptionID: E.SPARSE_OPTION }, { cpr: E.RIVAL }))[0].start;
  d = (await call('GetBookingDetails', { InterviewOptionID: E.SPARSE_OPTION, BookingStartTime: utc(first) }, { cpr: E.RIVAL })).BookingDetails;
  equal([d.InterviewLocationDetail.AddressPostal, d.CancellationPossible, d.CancellationDeadline, minutes(d.BookingStartTime, d.BookingEndTime), number(d.InterviewContactTypeIdentifier)],
    [undefined, false, undefined, 45, 8], 'sparse details');
  check(d.RebookingPossible && d.RebookingDeadline instanceof Date, 'rebooking', d);
  ok('sparse-details');
}

async function refusals() {
  const option = { InterviewOptionID: E.OPTION };
  const askTimes = (fields, more) => call('GetSelfbookTimeslots', { ...option, ...interval(), ...fields }, more);
  const morning = utc(new Date(E.FROM).getTime() + 10 * 3600e3);
  const reserve = (fields, more) => call('GetBookingDetails', { ...option, BookingStartTime: morning, ...fields }, more);
  const askMove = (booking, more) => call('GetRescheduleTimeslots', { BookingIdentifier: booking, ...interval() }, more);

  await refused('malformed-cpr', 1001, askTimes({}, { cpr: '010180-1234' }));
  await refused('unknown-cpr', 1010, reserve({}, { cpr: '0000000000' }));
  await refused('unknown-option', 4770, askTimes({ InterviewOptionID: E.UNKNOWN }));
  await refused('unknown-job-centre', 4575, askTimes({}, { jobCentre: '99999' }));
  await refused('unknown-booking', 4768, askMove(E.UNKNOWN));
  await refused('anothers-booking', 8107, askMove(E.BOOKING, { cpr: E.RIVAL }));
  await refused('past', 4783, reserve({ BookingStartTime: utc(E.PAST) }));
  await refused('past-interval', 4783, askTimes(interval('PAST', 'PAST_END')));
  await refused('end-before-start', 4792, askTimes(interval('TO', 'FROM')));
  await refused('contact-type', 4708, reserve({ InterviewContactTypeIdentifier: code(8) }));
  await refused('conflicting-repeat', 1014, call('CreateBooking', { BookingIdentifier: E.BOOKING, ...option, BookingStartTime: morning }));

  const raw = xml => client.GetSelfbookCaseWorkersAsync({ _xml: xml });
  await refused('wrong-element', 1014, raw('<DeleteEverythingRequest xmlns="http://service.bm.dk/ExternalBookingService/2017/04/28/"/>'));
  await refused('malformed-xml', 1014, raw('<GetSelfbookCaseWorkersRequest xmlns="http://service.bm.dk/ExternalBookingService/2017/04/28/"><&'));
  await refused('too-large', 1014, options({
    before: { PersonGroupProjectIdentifierCollection: { PersonGroupProjectIdentifier: Array(12000).fill(E.UNKNOWN) } },
  }));
  check((await times(option)).length > 0, 'no times');
  ok('still-answering');
}

async function noEntry() {
  try {
    await call('GetSelfbookCaseWorkers', { InterviewOptionID: E.OPTION });
  } catch (err) {
    check(!err.root && !err.response, 'not refused by TLS', String(err));
    console.log(String(err));
    ok('refused');
    return;
  }
  throw new Error('let in');
}

async function main() {
  const ca = fs.readFileSync(E.CA);
  const own = E.CERT ? { cert: fs.readFileSync(E.CERT), key: fs.readFileSync(E.KEY) } : {};
  const secure = new https.Agent({ ca, ...own });
  client = await soap.createClientAsync(E.WSDL, {
    forceSoap12Headers: E.VERSION === '1.2',
    // The WSDL and its schemas are fetched with the certificate too.
    wsdl_options: E.WSDL.startsWith('https:') ? { httpsAgent: secure } : {},
  });
  ok('wsdl');
  client.setSecurity(E.CERT ? new soap.ClientSSLSecurity(own.key, own.cert, ca) : new soap.ClientSSLSecurity(undefined, undefined, ca));
  if (E.MODE === 'refused') client.setEndpoint(E.URL);
  for (const header of headers()) client.addSoapHeader(header);
  await { flow, refusals, refused: noEntry }[E.MODE]();
  http.globalAgent.destroy();
}

main().catch(err => {
  console.error(err.stack);
  if (err.body) console.error(String(err.body).slice(0, 2000));
  process.exit(1);
});
