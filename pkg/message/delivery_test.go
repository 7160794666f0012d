package message

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard/pkg/pickle"
)

// delivered returns a Content with this metadata.
func delivered(t *testing.T, d Dialect, items ...Item) *Content {
	t.Helper()
	data, err := d.TextPrefix(0)
	if err != nil {
		t.Fatal(err)
	}
	data = append(data, d.TextSuffix()...)
	if data, err = d.AppendMetadata(data, append([]Item{{"_parsemsg", true}}, items...)); err != nil {
		t.Fatal(err)
	}
	return mustRead(t, data)
}

func TestDelivery(t *testing.T) {
	t.Parallel()
	until := float64(1_800_000_000.5)
	for name, test := range map[string]struct {
		items []Item
		want  string
	}{
		"not tried": {[]Item{{"recips", anyList("a@x")}}, "none"},
		"Mailman's": {[]Item{{"recips", anyList("a@x", "b@x")}, {"undelivered", anyList()}, {"last_recip_count", 2}, {"deliver_until", until}, {"deliver_after", until - 10}},
			"2 left, until 1800000000.5, after 1799999990.5"},
		"in groups":     {[]Item{{"recips", anyList("a@x", "b@x", "c@x")}, {"undelivered", anyList(anyList("b@x"), anyList("c@x"))}, {"deliver_after", 7}}, "2 left, after 7"},
		"Mailman 3's":   {[]Item{{"recipients", anyList("a@x")}, {"deliver_until", receivedTime(until)}}, "1 left, until 1800000000.5"},
		"refused":       {[]Item{{"recips", anyList("a@x", "b@x")}, {AnswersKey, anyList(anyList("550 no", "a@x", "b@x"))}, {ServerKey, "mx"}, {AnsweredKey, 9.0}}, "2 left, 550 no: a@x b@x, by mx at 9"},
		"given up":      {[]Item{{"recips", anyList("a@x")}, {AnswersKey, anyList(anyList("450 later", "a@x"), anyList("452 full"))}, {GaveUpKey, true}}, "1 left, 450 later: a@x, 452 full:, given up"},
		"of odd types":  {[]Item{{"recips", 5}, {"deliver_until", "x"}, {"deliver_after", nil}, {AnswersKey, 5}, {ServerKey, 5}, {AnsweredKey, "y"}}, "none"},
		"odd answers":   {[]Item{{AnswersKey, anyList(5, anyList(), anyList(5), "x", anyList("550 no", 5, "a@x"), anyList(strings.Repeat("x", 5000)))}}, "0 left, 550 no: a@x"},
		"set to None":   {[]Item{{"recips", anyList("a@x")}, {"deliver_until", nil}, {"deliver_after", nil}, {AnswersKey, nil}, {GaveUpKey, nil}}, "none"},
		"no recipients": {[]Item{{"deliver_until", 7}}, "0 left, until 7"},
	} {
		for _, d := range []Dialect{Mailman2, Mailman3} {
			if _, moment := test.items[len(test.items)-1].Value.(*pickle.Moment); moment && d == Mailman2 {
				continue
			}
			if got := shown(delivered(t, d, test.items...).Delivery()); got != test.want {
				t.Errorf("%s, %v: %s, want %s", name, d, got, test.want)
			}
		}
	}
}

func shown(d Delivery, ok bool) string {
	if !ok {
		return "none"
	}
	parts := []string{fmt.Sprint(d.Left, " left")}
	for _, at := range []struct {
		name string
		time time.Time
	}{{"until", d.Until}, {"after", d.After}} {
		if !at.time.IsZero() {
			parts = append(parts, at.name+" "+seconds(at.time))
		}
	}
	for _, a := range d.Answers {
		parts = append(parts, strings.TrimSpace(a.Text+": "+strings.Join(a.Recipients, " ")))
	}
	if d.Server != "" {
		parts = append(parts, "by "+d.Server+" at "+seconds(d.Answered))
	}
	if d.GaveUp {
		parts = append(parts, "given up")
	}
	return strings.Join(parts, ", ")
}

func seconds(at time.Time) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", float64(at.UnixMilli())/1000), ".0")
}

// TestDeliveryIsBounded has a file that has one list of recipients very often.
func TestDeliveryIsBounded(t *testing.T) {
	t.Parallel()
	group := &pickle.List{Items: slices.Repeat([]pickle.Value{pickle.NewString(pickle.Unicode, []byte("a"))}, 2_000)}
	groups := &pickle.List{Items: slices.Repeat([]pickle.Value{group}, 2_000)}
	d, _ := delivered(t, Mailman3, Item{AnswersKey, groups}).Delivery()
	n := 0
	for _, a := range d.Answers {
		n += 1 + len(a.Recipients)
	}
	if n == 0 || n > mostAnswers {
		t.Errorf("%d texts were read", n)
	}
}
