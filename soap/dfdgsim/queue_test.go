package dfdgsim

import (
	"testing"
)

func TestATransferIsDeletedOnlyByTerminate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{})
	b, message := w.kss(Meeting{})
	w.kss(Meeting{Act: Cancelled, Booking: b})

	first, err := w.create()
	w.must(err)
	if len(first.Inventory) != 1 || first.Inventory[0].MessageCount != 2 || first.Inventory[0].Endpoint != w.url+PathMessages {
		t.Fatalf("inventory %+v", first.Inventory)
	}
	got, err := w.fetch(first.Identifier, 1)
	w.must(err)
	if len(got.Items) != 1 || *got.Items[0].Metadata.MessageIdentifier != message || got.Items[0].Booking != b {
		t.Fatalf("message 1: %+v", got.Items)
	}
	if code := codeOf(t, w.end("TerminateSequence", first.Identifier)); code != 1100 {
		t.Errorf("terminating with a message left gave %d", code)
	}
	w.must(w.end("CloseSequence", first.Identifier))
	if n := len(w.Queue(jobCenter).Waiting); n != 2 {
		t.Fatalf("%d messages wait after CloseSequence", n)
	}

	second, err := w.create()
	w.must(err)
	for n := range int32(2) {
		_, err = w.fetch(second.Identifier, n+1)
		w.must(err)
	}
	w.must(w.end("TerminateSequence", second.Identifier))
	if c := w.Counts(); c.Waiting != 0 || c.HandedOver != 3 || c.HandedOverDistinct != 2 || c.ConfirmedDistinct != 2 {
		t.Errorf("counts %+v", c)
	}
}

func TestAnOpenSequenceRefusesAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{})
	first, err := w.create()
	w.must(err)
	_, err = w.create()
	if code := codeOf(t, err); code != 1100 {
		t.Errorf("fault %d", code)
	}
	w.must(w.end("CloseSequence", first.Identifier))
	_, err = w.create()
	w.must(err)
}

func TestATransferHoldsAtMost500Messages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{})
	for range 501 {
		w.kss(Meeting{})
	}
	seq, err := w.create()
	w.must(err)
	if n := seq.Inventory[0].MessageCount; n != 500 {
		t.Errorf("%d messages", n)
	}
}

func TestAMessageIsGivenAgainUnderItsNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{})
	_, id := w.kss(Meeting{})
	w.kss(Meeting{})
	seq, err := w.create()
	w.must(err)
	for range 3 {
		got, err := w.fetch(seq.Identifier, 1)
		w.must(err)
		if *got.Items[0].Metadata.MessageIdentifier != id {
			t.Error("another message under the same number")
		}
	}
	if _, err := w.fetch(seq.Identifier, 3); codeOf(t, err) != 1100 {
		t.Error("a message was passed over")
	}
}

func TestJobCentresHaveQueuesOfTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{})
	m := Meeting{Act: Created, JobCenter: "20200", CPR: citizen, Start: now, CaseWorkerIdentifier: "RID:1"}
	_, _, err := w.KSS(m)
	w.must(err)
	seq, err := w.create()
	w.must(err)
	if len(seq.Inventory) != 0 {
		t.Errorf("%+v", seq.Inventory)
	}
}
