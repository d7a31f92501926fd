<?php // Reads our WSDL and calls us with PHP's SOAP client. usage: client.php WSDL 1|2
$client = new SoapClient($argv[1], ['soap_version' => (int)$argv[2], 'cache_wsdl' => WSDL_CACHE_NONE, 'exceptions' => true]);
$who = ['PersonCivilRegistrationIdentifier' => '0101801234', 'JobCenterCode' => '10100'];
$option = '6f9619ff-8b86-4011-b42d-00c04fc964ff';
$r = $client->GetBookingDetails($who + ['InterviewOptionID' => $option, 'BookingStartTime' => '2026-12-01T09:00:00']);
if ($r->BookingDetails->Supervisor->CaseWorkerSurname !== 'Østergård') { var_dump($r); exit(1); }
try {
    $client->CreateBooking($who + ['BookingIdentifier' => '0b5f1c3a-54d1-4f2e-9a55-6d1f5b7f1a01', 'InterviewOptionID' => $option, 'BookingStartTime' => '2026-12-01T10:00:00']);
    echo "a taken time was booked\n"; exit(1);
} catch (SoapFault $f) {
    if (strpos($f->getMessage(), 'ikke længere ledig') === false || (int)$f->detail->FaultDetails->ErrorCode !== 4770) { var_dump($f); exit(1); }
}
echo "ok\n";
