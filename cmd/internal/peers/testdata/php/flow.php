<?php
// A citizen's booking through PHP's SoapClient, driven by the WSDL that the service serves.
declare(strict_types=1);

ini_set('soap.wsdl_cache_enabled', '0');

$E = [];
foreach (getenv() as $name => $value) {
    if (str_starts_with($name, 'PEER_')) {
        $E[substr($name, 5)] = $value;
    }
}

function ok(string $step): void
{
    echo "ok $step\n";
}

function check(bool $condition, mixed ...$what): void
{
    if (!$condition) {
        fwrite(STDERR, 'not so: ' . implode(' ', array_map(fn ($w) => json_encode($w, JSON_UNESCAPED_UNICODE), $what)) . "\n");
        debug_print_backtrace();
        exit(1);
    }
}

function equal(mixed $got, mixed $want, string $what): void
{
    check($got === $want, $what, $got, 'is not', $want);
}

const CONTRACT = 'http://service.bm.dk/ExternalBookingService/2017/04/28/';
const CODES = 'http://service.bm.dk/pjaktass/2013/06/07/CodeListBase/';

/** SoapClient that lets one hand in raw XML in place of what it wrote itself. */
class Client extends SoapClient
{
    public ?Closure $spoil = null;

    public function __doRequest(string $request, string $location, string $action, int $version, bool $oneWay = false): ?string
    {
        if ($this->spoil) {
            $spoiled = ($this->spoil)($request);
            check($spoiled !== $request, 'nothing spoiled');
            $request = $spoiled;
        }
        return parent::__doRequest($request, $location, $action, $version, $oneWay);
    }
}

$tls = ['cafile' => $E['CA'], 'verify_peer' => true, 'verify_peer_name' => true];
if ($E['CERT'] !== '') {
    $tls += ['local_cert' => $E['CERT'], 'local_pk' => $E['KEY']];
}
$v12 = $E['VERSION'] === '1.2';
$client = new Client($E['WSDL'], [
    'soap_version' => $v12 ? SOAP_1_2 : SOAP_1_1,
    'stream_context' => stream_context_create(['ssl' => $tls]),
    'features' => SOAP_SINGLE_ELEMENT_ARRAYS,
    'trace' => true,
    'connection_timeout' => 30,
] + ($E['MODE'] === 'refused' ? ['location' => $E['URL']] : []));
ok('wsdl');

function code(int $n): array
{
    return ['CodeListItemIdentifier' => $n];
}

$client->__setSoapHeaders([
    new SoapHeader('http://service.bm.dk/RequestUserMetadata/2015/01/21/', 'RequestUserMetadataHeader', [
        'RequestUserStructure' => ['UserFullName' => $E['USER_NAME'], 'RequestUserTypeIdentifier' => code(1), 'UserIdentifier' => $E['CITIZEN']],
        'RequestOrganisationStructure' => ['OrganisationTypeIdentifier' => code(8), 'OrganisationCode' => $E['JOB_CENTRE']],
        'RegistrationDateTime' => $E['NOW'],
    ]),
    new SoapHeader('http://rep.oio.dk/ams.dk/xml/schemas/2005/09/01/', 'ActiveOrganisationHeader', [
        'OrganisationTypeIdentifier' => 8, 'OrganisationCode' => $E['JOB_CENTRE'],
    ]),
]);

function call(string $operation, array $fields, ?string $cpr = null, ?string $jobCentre = null): stdClass
{
    global $client, $E;
    return $client->$operation(['PersonCivilRegistrationIdentifier' => $cpr ?? $E['CITIZEN'], 'JobCenterCode' => $jobCentre ?? $E['JOB_CENTRE']] + $fields);
}

function interval(string $start = 'FROM', string $end = 'TO'): array
{
    global $E;
    return ['BookingOptionIntervalStartTime' => $E[$start], 'BookingOptionIntervalEndTime' => $E[$end]];
}

/** The options by id. */
function options(array $fields = []): array
{
    $answer = call('GetSelfbookInterviewOptions', $fields + ['ContactGroupTypeIdentifier' => code(1), 'HasExternalOperatorReferral' => false]);
    return array_column($answer->InterviewOptionCollection->InterviewOption, null, 'InterviewOptionID');
}

/** The times, each with start, workers and raw. */
function times(array $fields, string $operation = 'GetSelfbookTimeslots', string $start = 'FROM', string $end = 'TO', ?string $cpr = null): array
{
    $answer = call($operation, $fields + interval($start, $end), $cpr);
    $workers = [];
    foreach ($answer->CaseWorkerToBookCollection->CaseWorkerToBook ?? [] as $w) {
        $workers[$w->CaseWorkerID] = $w->Supervisor->CaseWorkerIdentifier;
    }
    return array_map(
        fn ($s) => ['start' => $s->StartTime, 'raw' => $s, 'workers' => array_map(fn ($n) => $workers[$n], $s->CaseWorkerIDCollection->CaseWorkerID)],
        $answer->BookingTimeslotCollection->BookingTimeslot ?? [],
    );
}

function contactTypes(stdClass $of): array
{
    return array_map(fn ($c) => $c->CodeListItemIdentifier, $of->InterviewContactTypeIdentifierCollection->InterviewContactTypeIdentifier);
}

function instant(string $dateTime): int
{
    return (new DateTimeImmutable($dateTime))->getTimestamp();
}

function minutes(string $from, string $to): int
{
    return intdiv(instant($to) - instant($from), 60);
}

/** Number and text of a fault's FaultDetails. */
function told(SoapFault $fault): array
{
    global $client, $v12;
    check(isset($fault->detail->FaultDetails), 'no FaultDetails', $fault->getMessage(), $client->__getLastResponse());
    check(str_contains($client->__getLastResponseHeaders(), ' 500 '), 'HTTP status', $client->__getLastResponseHeaders());
    $details = $fault->detail->FaultDetails;
    // Typed by the contract where PHP can, else as text.
    equal(preg_replace('/^.*:/', '', $fault->faultcode), $v12 ? 'Sender' : 'Client', 'fault code');
    equal($details->Message, $fault->faultstring, 'text in the detail and outside');
    equal(array_keys(get_object_vars($details)), ['ErrorCode', 'Message'], 'what the detail tells');
    return [(int) $details->ErrorCode, $details->Message];
}

function refused(string $step, int $number, Closure $f): string
{
    try {
        $answer = $f();
    } catch (SoapFault $fault) {
        [$got, $text] = told($fault);
        equal($got, $number, "$step: $text");
        ok($step);
        return $text;
    }
    check(false, "$step: not refused", $answer);
}

function flow(): void
{
    global $E;
    $shown = options();
    $rich = $shown[$E['OPTION']];
    $sparse = $shown[$E['SPARSE_OPTION']];
    equal([$rich->MeetingTitle, $rich->MeetingDescription, $rich->MeetingDurationMinutes, $rich->IsCompulsory, contactTypes($rich)],
        [$E['TITLE'], $E['DESCRIPTION'], 60, true, [1, 2]], 'rich option');
    $place = $rich->InterviewLocationDetail;
    equal([$place->InterviewLocationDescription, $place->AddressPostal->StreetName, $place->AddressPostal->DistrictName],
        [$E['PLACE'], $E['STREET'], $E['DISTRICT']], 'place');
    check(!isset($place->AddressPostal->SuiteIdentifier), 'suite', $place);
    check(instant($rich->FirstTimeslot) < instant($rich->LastTimeslot), 'first and last time', $rich);
    equal([$sparse->IsCompulsory, $sparse->MeetingDurationMinutes, contactTypes($sparse)], [false, 45, [8]], 'sparse option');
    equal(get_object_vars($sparse->InterviewLocationDetail), ['InterviewLocationDescription' => $E['SPARSE_PLACE']], 'place of the sparse option');
    ok('options');

    $everything = options([
        'PersonCategory' => ['PersonCategoryTypeIdentifier' => code(2), 'IncidentDate' => $E['PAST']],
        'PersonGroupProjectIdentifierCollection' => ['PersonGroupProjectIdentifier' => [$E['UNKNOWN'], $E['BOOKING']]],
        'AbsenceCollection' => ['Absence' => [
            ['AbsenceIdentifier' => $E['UNKNOWN'], 'StartDate' => $E['FROM'], 'EndDate' => $E['TO'], 'AbsenceTypeIdentifier' => code(3)],
            ['AbsenceIdentifier' => $E['BOOKING']],
        ]],
    ]);
    equal(array_keys($everything), array_keys($shown), 'options when everything is told');
    ok('options-with-everything');

    check(!isset($shown[$E['GROUP_OPTION']]), "the contact group's option is shown to others");
    check(isset(options(['ContactGroupTypeIdentifier' => code((int) $E['GROUP'])])[$E['GROUP_OPTION']]), "the contact group's option is not shown");
    ok('options-by-contact-group');

    $option = ['InterviewOptionID' => $E['OPTION']];
    $workers = [];
    foreach (call('GetSelfbookCaseWorkers', $option)->CaseWorkerToBookCollection->CaseWorkerToBook as $w) {
        $workers[$w->Supervisor->CaseWorkerIdentifier] = [$w->Supervisor->CaseWorkerGivenName, $w->Supervisor->CaseWorkerMiddleName ?? null, $w->Supervisor->CaseWorkerSurname];
    }
    equal($workers[$E['CASE_WORKER']], [$E['GIVEN'], $E['MIDDLE'], $E['SURNAME']], 'name');
    equal($workers[$E['OTHER']], [$E['OTHER_GIVEN'], null, $E['OTHER_SURNAME']], 'name without a middle name');
    ok('case-workers');

    $one = ['CaseWorkerIdentifier' => $E['CASE_WORKER']];
    $anybody = times($option);
    check(count($anybody) > 20 && count(array_unique(array_merge(...array_column($anybody, 'workers')))) > 2, 'few times', count($anybody));
    foreach ($anybody as $s) {
        check(instant($E['FROM']) <= instant($s['start']) && instant($s['start']) < instant($E['TO']), 'time outside the interval', $s);
        equal([contactTypes($s['raw']), $s['raw']->RebookingPossible, $s['raw']->CancellationPossible], [[1, 2], true, true], 'what a time tells');
        check(!isset($s['raw']->MaxNoOfSeats) && !isset($s['raw']->AvailableNoOfSeats), 'seats of a meeting for one', $s);
    }
    ok('times-of-anybody');

    $withOne = array_values(times($option + $one));
    check(count($withOne) > 3, 'few times', count($withOne));
    equal(array_values(array_unique(array_merge(...array_column($withOne, 'workers')))), [$E['CASE_WORKER']], 'who holds them');
    ok('times-of-one');

    $far = times(['InterviewOptionID' => $E['SPARSE_OPTION']], end: 'FAR');
    check(count($far) > 300 && minutes($far[0]['start'], end($far)['start']) > 150 * 24 * 60, 'half a year of times', count($far));
    ok('times-far-ahead');

    $start = $withOne[0]['start'];
    $movedTo = end($withOne)['start'];
    $phone = ['InterviewContactTypeIdentifier' => code(2)];
    $held = call('GetBookingDetails', $option + ['BookingStartTime' => $start] + $one + $phone);
    $d = $held->BookingDetails;
    equal([$d->BookingStartTime, minutes($start, $d->BookingEndTime), $d->InterviewContactTypeIdentifier->CodeListItemIdentifier, $d->MeetingTitle, $d->MeetingDescription],
        [$start, 60, 2, $E['TITLE'], $E['DESCRIPTION']], 'details');
    equal([$d->TelephoneNumberIdentifier, $d->EmailAddressIdentifier, $d->Supervisor->CaseWorkerIdentifier, $d->Supervisor->CaseWorkerMiddleName],
        [$E['PHONE'], $E['EMAIL'], $E['CASE_WORKER'], $E['MIDDLE']], 'whom to meet');
    equal($d->InterviewLocationDetail->AddressPostal->DistrictName, $E['DISTRICT'], 'where');
    check($d->RebookingPossible && instant($d->RebookingDeadline) < instant($start), 'rebooking', $d);
    check($d->CancellationPossible && instant($d->CancellationDeadline) < instant($start), 'cancellation', $d);
    check(!isset($d->GroupMeetingIdentifier), 'group meeting', $d);
    ok('reserve');

    $booking = ['BookingIdentifier' => $E['BOOKING']];
    $ask = $booking + $option + ['ReservedTimeslotIdentifier' => $held->ReservedTimeslotIdentifier, 'BookingStartTime' => $start] + $one + $phone;
    $receipt = call('CreateBooking', $ask);
    equal($receipt->BookingIdentifier, $E['BOOKING'], 'receipt');
    ok('book');
    equal(get_object_vars(call('CreateBooking', $ask)), get_object_vars($receipt), 'receipt of the repeat');
    ok('book-again');

    $text = refused('taken', 4770, fn () => call('CreateBooking', ['BookingIdentifier' => $E['UNKNOWN'], 'BookingStartTime' => $start] + $option + $one, $E['RIVAL']));
    equal($text, $E['TAKEN_TEXT'], 'text of the refusal');

    $elsewhere = array_column(times($booking + $one, 'GetRescheduleTimeslots'), 'start');
    check(in_array($movedTo, $elsewhere, true) && !in_array($start, $elsewhere, true), 'where it can be moved', $elsewhere);
    ok('times-to-move-to');

    $held = call('GetBookingDetails', $booking + ['BookingStartTime' => $movedTo]);
    equal([$held->BookingDetails->BookingStartTime, $held->BookingDetails->Supervisor->CaseWorkerIdentifier], [$movedTo, $E['CASE_WORKER']], "the move's details");
    ok('reserve-a-move');
    $moved = call('RescheduleBooking', $booking + ['ReservedTimeslotIdentifier' => $held->ReservedTimeslotIdentifier, 'BookingStartTime' => $movedTo]);
    equal($moved->BookingIdentifier, $E['BOOKING'], 'receipt of the move');
    ok('move');
    $free = array_column(times($option + $one, cpr: $E['RIVAL']), 'start');
    check(in_array($start, $free, true) && !in_array($movedTo, $free, true), 'the move did not free the one and take the other');
    ok('moved');

    $sparse = ['InterviewOptionID' => $E['SPARSE_OPTION']];
    $first = times($sparse, cpr: $E['RIVAL'])[0]['start'];
    $d = call('GetBookingDetails', $sparse + ['BookingStartTime' => $first], $E['RIVAL'])->BookingDetails;
    check(!isset($d->InterviewLocationDetail->AddressPostal) && !isset($d->CancellationDeadline), 'what the sparse option lacks', $d);
    equal([$d->CancellationPossible, minutes($first, $d->BookingEndTime), $d->InterviewContactTypeIdentifier->CodeListItemIdentifier], [false, 45, 8], 'sparse details');
    check($d->RebookingPossible && isset($d->RebookingDeadline), 'rebooking', $d);
    ok('sparse-details');
}

function refusals(): void
{
    global $client, $E;
    $option = ['InterviewOptionID' => $E['OPTION']];
    $morning = (new DateTimeImmutable($E['FROM']))->modify('+10 hours')->format(DATE_ATOM);
    $askTimes = fn (array $fields = [], ...$more) => call('GetSelfbookTimeslots', $fields + $option + interval(), ...$more);
    $reserve = fn (array $fields = [], ...$more) => call('GetBookingDetails', $fields + $option + ['BookingStartTime' => $morning], ...$more);
    $askMove = fn (string $booking, ...$more) => call('GetRescheduleTimeslots', ['BookingIdentifier' => $booking] + interval(), ...$more);

    refused('malformed-cpr', 1001, fn () => $askTimes(cpr: '010180-1234'));
    refused('unknown-cpr', 1010, fn () => $reserve(cpr: '0000000000'));
    refused('unknown-option', 4770, fn () => $askTimes(['InterviewOptionID' => $E['UNKNOWN']]));
    refused('unknown-job-centre', 4575, fn () => $askTimes(jobCentre: '99999'));
    refused('unknown-booking', 4768, fn () => $askMove($E['UNKNOWN']));
    refused('anothers-booking', 8107, fn () => $askMove($E['BOOKING'], cpr: $E['RIVAL']));
    refused('past', 4783, fn () => $reserve(['BookingStartTime' => $E['PAST']]));
    refused('past-interval', 4783, fn () => $askTimes(interval('PAST', 'PAST_END')));
    refused('end-before-start', 4792, fn () => $askTimes(interval('TO', 'FROM')));
    refused('contact-type', 4708, fn () => $reserve(['InterviewContactTypeIdentifier' => code(8)]));
    refused('conflicting-repeat', 1014, fn () => call('CreateBooking', ['BookingIdentifier' => $E['BOOKING'], 'BookingStartTime' => $morning] + $option));

    $client->spoil = fn (string $request) => str_replace('GetSelfbookCaseWorkersRequest', 'DeleteEverythingRequest', $request);
    refused('wrong-element', 1014, fn () => call('GetSelfbookCaseWorkers', $option));
    $client->spoil = fn (string $request) => substr_replace($request, '<&', intdiv(strlen($request), 2), 0);
    refused('malformed-xml', 1014, fn () => call('GetSelfbookCaseWorkers', $option));
    $client->spoil = null;
    refused('too-large', 1014, fn () => options(['PersonGroupProjectIdentifierCollection' => ['PersonGroupProjectIdentifier' => array_fill(0, 12000, $E['UNKNOWN'])]]));
    check(count(times($option)) > 0, 'no times');
    ok('still-answering');
}

function noEntry(): void
{
    global $E;
    try {
        // The failed handshake is a warning first.
        @call('GetSelfbookCaseWorkers', ['InterviewOptionID' => $E['OPTION']]);
    } catch (SoapFault $fault) {
        check($fault->faultcode === 'HTTP' && !isset($fault->detail), 'not refused by TLS', $fault->faultcode, $fault->getMessage());
        echo $fault->getMessage(), "\n";
        ok('refused');
        return;
    }
    check(false, 'let in');
}

match ($E['MODE']) {
    'flow' => flow(),
    'refusals' => refusals(),
    'refused' => noEntry(),
};
