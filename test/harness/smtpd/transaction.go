package smtpd

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"strconv"
	"strings"
)

func (d *dialogue) from(rest string) {
	o := d.server.opts
	d.Mail++
	d.Recipient = 0
	address, parameters, ok := path(rest, "FROM:")
	d.Address = address
	switch {
	case !ok:
		d.server.complain("MAIL %q", rest)
		d.answer("501 5.5.4 syntax")
		return
	case !d.greets:
		d.server.complain("MAIL before EHLO")
	case d.mail != nil:
		d.server.complain("MAIL in a transaction")
		d.answer("503 5.5.1 in a transaction")
		return
	case o.User != "" && d.user == "":
		d.answer("530 5.7.0 authenticate first")
		return
	case o.MaxMails > 0 && d.Mail > o.MaxMails:
		d.answer("421 4.7.0 too many messages on this connection")
		return
	}
	d.parameters(parameters, address)
	for _, p := range parameters {
		if n, ok := strings.CutPrefix(p, "SIZE="); ok && o.Size > 0 {
			if size, _ := strconv.ParseInt(n, 10, 64); size > o.Size {
				d.answer("552 5.3.4 too big")
				return
			}
		}
	}
	if d.answer("250 2.1.0 OK") {
		d.mail = &Mail{From: address, Parameters: parameters, Connection: d.Connection, TLS: d.tls, User: d.user}
	}
}

// parameters checks that each parameter of MAIL belongs to an extension that is offered.
func (d *dialogue) parameters(all []string, address string) {
	utf8 := false
	for _, p := range all {
		name, _, _ := strings.Cut(p, "=")
		extension := map[string]string{"BODY": "8BITMIME", "SMTPUTF8": "SMTPUTF8", "SIZE": "SIZE"}[name]
		if extension == "" || !d.offers(extension) {
			d.server.complain("MAIL has %s, which was not offered", p)
		}
		utf8 = utf8 || name == "SMTPUTF8"
	}
	if !utf8 && !ascii(address) {
		d.server.complain("MAIL without SMTPUTF8 has %q", address)
	}
}

func (d *dialogue) to(rest string) {
	d.Recipient++
	address, _, ok := path(rest, "TO:")
	d.Address = address
	switch {
	case !ok || address == "":
		d.server.complain("RCPT %q", rest)
		d.answer("501 5.5.4 syntax")
		return
	case d.mail == nil:
		d.answer("503 5.5.1 MAIL first")
		return
	case !ascii(address) && !strings.Contains(strings.Join(d.mail.Parameters, " "), "SMTPUTF8"):
		d.server.complain("RCPT without SMTPUTF8 has %q", address)
	}
	answer := "250 2.1.5 OK"
	code, _, _ := strings.Cut(address, ".")
	if n, err := strconv.Atoi(code); err == nil && n >= 400 && n < 600 {
		answer = fmt.Sprintf("%d %d.2.0 so says the address", n, n/100)
	}
	if limit := d.server.opts.MaxRecipients; limit > 0 && len(d.mail.To) >= limit {
		answer = "452 4.5.3 too many recipients"
	}
	if d.answer(answer) {
		d.mail.To = append(d.mail.To, address)
	}
}

// path splits the argument of MAIL and RCPT. A quoted local part may have ">" and spaces.
func path(rest, keyword string) (address string, parameters []string, ok bool) {
	if len(rest) < len(keyword) || !strings.EqualFold(rest[:len(keyword)], keyword) {
		return "", nil, false
	}
	rest, ok = strings.CutPrefix(rest[len(keyword):], "<")
	if !ok {
		return "", nil, false
	}
	quoted := false
	for i := 0; i < len(rest); i++ {
		switch c := rest[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c <= ' ' || c == '<' || c == 0x7f):
			return "", nil, false
		case !quoted && c == '>':
			after := rest[i+1:]
			if after != "" && after[0] != ' ' {
				return "", nil, false
			}
			return rest[:i], strings.Fields(after), true
		}
	}
	return "", nil, false
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func (d *dialogue) data() {
	if d.mail == nil || len(d.mail.To) == 0 {
		// A client that pipelines cannot know. If the server takes DATA all the same, the
		// client sends an empty message (RFC 2920).
		if d.answer("554 5.5.1 no valid recipients") {
			d.nothing()
		}
		return
	}
	if !d.answer("354 go on") {
		d.mail = nil
		return
	}
	m := d.mail
	d.mail = nil
	ends := append([]string{"\r\n.\r\n"}, d.server.opts.Lenient...)
	sink := &message{forget: d.server.opts.Forget}
	if err := sink.read(d.r, ends); err != nil {
		d.closed = true
		return
	}
	m.Data, m.Size = sink.text.Bytes(), sink.size
	if sink.bare {
		d.server.complain("a message has a bare CR or LF")
	}
	if sink.long {
		d.server.complain("a message has a line of more than 998 bytes")
	}
	if sink.eightBit && d.offers("8BITMIME") && !strings.Contains(strings.Join(m.Parameters, " "), "BODY=8BITMIME") {
		d.server.complain("a message with 8-bit bytes was not declared so")
	}
	d.Verb, d.Data, d.Address = "DOT", m.Data, ""
	defer func() { d.Data = nil }()
	if size := d.server.opts.Size; size > 0 && m.Size > size {
		d.answer("552 5.3.4 too big")
		return
	}
	if !d.server.opts.LMTP {
		d.finish(*m)
		return
	}
	// One copy of the message, with those for whom it is taken.
	one := *m
	one.To = nil
	for _, to := range m.To {
		d.Address = to
		if d.took() {
			one.To = append(one.To, to)
		}
		if d.closed {
			break
		}
	}
	if len(one.To) > 0 {
		d.server.take(one)
	}
}

// nothing reads the message of a transaction without recipients.
func (d *dialogue) nothing() {
	d.mail = nil
	sink := &message{forget: true}
	if err := sink.read(d.r, []string{"\r\n.\r\n"}); err != nil {
		d.closed = true
		return
	}
	if sink.size > 0 {
		d.server.complain("a message to nobody was sent")
	}
	d.send(Reply{Text: "554 5.5.1 no valid recipients"})
}

// finish answers the dot of an SMTP server. The message is taken before the client can know.
func (d *dialogue) finish(m Mail) {
	reply := d.reply()
	if reply.takes() {
		d.server.take(m)
	}
	d.send(reply)
}

// took answers the dot for one recipient of an LMTP server.
func (d *dialogue) took() bool {
	reply := d.reply()
	d.send(reply)
	return reply.takes()
}

// reply returns the script's reply to a dot, or else the default one.
func (d *dialogue) reply() Reply {
	reply := Reply{}
	if d.server.opts.Script != nil {
		reply = d.server.opts.Script(d.Step)
	}
	if reply.Text == "" && !reply.Close {
		reply.Text = "250 2.0.0 taken"
	}
	return reply
}

func (d *dialogue) authenticate(rest string) {
	if !d.offers("AUTH") {
		d.server.complain("AUTH was not offered")
	}
	mechanism, initial, _ := strings.Cut(rest, " ")
	var user, password string
	switch strings.ToUpper(mechanism) {
	case "PLAIN":
		if initial == "" {
			initial = d.challenge("")
		}
		raw, _ := base64.StdEncoding.DecodeString(initial)
		if parts := bytes.Split(raw, []byte{0}); len(parts) == 3 {
			user, password = string(parts[1]), string(parts[2])
		}
	case "LOGIN":
		raw, _ := base64.StdEncoding.DecodeString(d.challenge("VXNlcm5hbWU6"))
		user = string(raw)
		raw, _ = base64.StdEncoding.DecodeString(d.challenge("UGFzc3dvcmQ6"))
		password = string(raw)
	default:
		d.answer("504 5.5.4 no such mechanism")
		return
	}
	if user != d.server.opts.User || password != d.server.opts.Password {
		d.answer("535 5.7.8 wrong user or password")
		return
	}
	if d.answer("235 2.7.0 welcome") {
		d.user = user
	}
}

func (d *dialogue) challenge(text string) string {
	io.WriteString(d.conn, "334 "+text+"\r\n")
	line, _ := d.r.ReadString('\n')
	return strings.TrimRight(line, "\r\n")
}
