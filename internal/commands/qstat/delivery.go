package qstat

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"switchboard/internal/cmdline"
	"switchboard/pkg/jsonline"
	"switchboard/pkg/message"
)

// deliveryCells returns what -l shows of a delivery that is not complete: how many
// recipients are left, when it is given up, and the server's first answer.
func deliveryCells(d message.Delivery) (left, until, answer string) {
	left, until, answer = strconv.Itoa(d.Left), "-", "-"
	if !d.Until.IsZero() {
		until = cmdline.FormatAge(time.Until(d.Until))
	}
	if len(d.Answers) > 0 {
		answer = cell(d.Answers[0].Text)
	}
	return left, until, answer
}

// deliveryRows returns the lines about it for a single entry.
func deliveryRows(d message.Delivery) [][2]string {
	rows := [][2]string{{"left", fmt.Sprintf("%d %s", d.Left, plural(d.Left, "recipient"))}}
	if !d.After.IsZero() {
		rows = append(rows, [2]string{"try after", moment(d.After)})
	}
	if !d.Until.IsZero() {
		rows = append(rows, [2]string{"try until", moment(d.Until)})
	}
	for _, a := range d.Answers {
		rows = append(rows, [2]string{"answer", strings.TrimRight(a.Text+"  "+strings.Join(a.Recipients, " "), " ")})
	}
	if d.Server != "" && !d.Answered.IsZero() {
		rows = append(rows, [2]string{"answered", d.Answered.Format(time.RFC3339) + " by " + d.Server})
	}
	if d.GaveUp {
		rows = append(rows, [2]string{"given up", "yes"})
	}
	return rows
}

// moment says when something is, and how far that is from now.
func moment(t time.Time) string {
	from, ahead := "%s, in %s", time.Until(t)
	if ahead < 0 {
		from, ahead = "%s, %s ago", -ahead
	}
	return fmt.Sprintf(from, t.Format(time.RFC3339), cmdline.FormatAge(ahead))
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

// deliveryJSON adds the members about it.
func deliveryJSON(o *jsonline.Object, d message.Delivery) {
	o.Int("recipients_left", int64(d.Left))
	for _, at := range []struct {
		name string
		time time.Time
	}{{"deliver_until", d.Until}, {"deliver_after", d.After}, {"answered", d.Answered}} {
		if !at.time.IsZero() {
			o.Time(at.name, at.time)
		}
	}
	if d.Server != "" {
		o.Text("server", d.Server)
	}
	if len(d.Answers) > 0 {
		o.Name("answers")
		_ = o.AppendTo(func(b []byte) ([]byte, error) { return appendAnswers(b, d.Answers), nil })
	}
	if d.GaveUp {
		o.Bool("gave_up", true)
	}
}

func appendAnswers(b []byte, answers []message.Answer) []byte {
	b = append(b, '[')
	for i, a := range answers {
		if i > 0 {
			b = append(b, ',')
		}
		o := jsonline.NewObject(b)
		o.Text("answer", a.Text)
		o.Texts("recipients", a.Recipients)
		b = o.End()
	}
	return append(b, ']')
}
