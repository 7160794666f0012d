package client

// oddTests are transactions with servers that bend the rules, or break them.
var oddTests = []sendTest{
	{"text on several lines", "smtp", "a@x", single + `
C: MAIL FROM:<list-bounces@example.com>
S: 250-2.1.0 550 5.1.1 is not the code
S: 250 2.1.0 ok
C: RCPT TO:<a@x>
R: 550-5.1.1 250 ok\x00\x1b[31m\r\n550-5.1.1 250 really\xff\r\n550 5.1.1\r\n`, "never, RCPT: 550 5.1.1 250 ok\ufffd\ufffd[31m 250 really\ufffd\n", 0},

	{"code without text", "smtp", "a@x", single + `
C: MAIL FROM:<list-bounces@example.com>
S: 250
C: RCPT TO:<a@x>
R: 550\n`, "never, RCPT: 550\n", 0},

	{"enhanced code of another class", "smtp", "a@x", single + `
C: MAIL FROM:<list-bounces@example.com>
S: 250 ok
C: RCPT TO:<a@x>
S: 450 5.1.1 hm`, "later, RCPT: 450 5.1.1 hm\n", 0},

	{"two codes in one answer", "smtp", "a@x", single + `
C: MAIL FROM:<list-bounces@example.com>
S: 250 ok
C: RCPT TO:<a@x>
S: 250-ok
S: 550 no`, "later, RCPT: the server's answer makes no sense: 550 no\n", Lost},

	{"two codes after the dot", "smtp", "a@x", single + `
C: MAIL FROM:<list-bounces@example.com>
S: 250 ok
C: RCPT TO:<a@x>
S: 250 ok
C: DATA
S: 354 go
C: Subject: x
C: 
C: ..dot
C: .
S: 550-no
S: 250 ok`, "later, unknown: the server's answer makes no sense: 250 ok\n", Lost},

	{"354 to MAIL", "smtp", "a@x", single + `
C: MAIL FROM:<list-bounces@example.com>
S: 354 go`, "later, MAIL: the server's answer makes no sense: 354 go\n", Lost},

	{"354 to RCPT", "smtp", "a@x", piping + `
C: MAIL FROM:<list-bounces@example.com>
C: RCPT TO:<a@x>
C: DATA
S: 250 ok
S: 354 go`, "later, RCPT: the server's answer makes no sense: 354 go\n", Lost},

	{"220 to RCPT", "smtp", "a@x", piping + `
C: MAIL FROM:<list-bounces@example.com>
C: RCPT TO:<a@x>
C: DATA
S: 250 ok
S: 220 mx`, "later, RCPT: the server's answer makes no sense: 220 mx\n", Lost},

	{"250 to DATA", "smtp", "a@x", piping + `
C: MAIL FROM:<list-bounces@example.com>
C: RCPT TO:<a@x>
C: DATA
S: 250 ok
S: 250 ok
S: 250 ok`, "later, DATA: the server's answer makes no sense: 250 ok\n", Lost},

	{"354 to the text", "smtp", "a@x", single + `
C: MAIL FROM:<list-bounces@example.com>
S: 250 ok
C: RCPT TO:<a@x>
S: 250 ok
C: DATA
S: 354 go
C: Subject: x
C: 
C: ..dot
C: .
S: 354 go on`, "later, unknown: the server's answer makes no sense: 354 go on\n", Lost},

	{"999", "smtp", "a@x", single + `
C: MAIL FROM:<list-bounces@example.com>
S: 999 what`, "later, MAIL: the server's answer makes no sense: 999 what\n", Lost},

	{"half a code", "smtp", "a@x", single + `
C: MAIL FROM:<list-bounces@example.com>
R: 2\r\n50 ok\r\n`, "later, MAIL: the server's answer makes no sense: 2\n", Lost},

	{"an answer before the text", "smtp", "a@x", single + `
C: MAIL FROM:<list-bounces@example.com>
S: 250 ok
C: RCPT TO:<a@x>
S: 250 ok
C: DATA
R: 354 go\r\n250 queued\r\n`, "later, DATA: the server answered what was not asked\n", Lost},

	{"a refusal before the text", "smtp", "a@x", single + `
C: MAIL FROM:<list-bounces@example.com>
S: 250 ok
C: RCPT TO:<a@x>
S: 250 ok
C: DATA
R: 354 go\r\n552 5.3.4 too large\r\n`, "never, DATA: 552 5.3.4 too large\n", 0},
}
