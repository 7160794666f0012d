package message

import "switchboard/pkg/pickle"

// isKnown reports whether Mailman's queue files name g. All other names are
// refused: a Mailman could not load them, or must not.
func isKnown(g *pickle.Global) bool {
	if isMessageClass(g) {
		return true
	}
	switch g.Module {
	case "__builtin__", "builtins":
		switch g.Name {
		case "set", "frozenset", "bytes", "bytearray", "complex", "object":
			return true
		}
	case "copy_reg", "copyreg":
		return g.Name == "_reconstructor" || g.Name == "__newobj__"
	case "_codecs":
		return g.Name == "encode"
	case "datetime":
		switch g.Name {
		case "datetime", "date", "time", "timedelta", "timezone":
			return true
		}
	case "time":
		return g.Name == "struct_time"
	case "mailman.utilities.datetime":
		return g.Name == "UTC"
	case "email._policybase":
		return g.Name == "Compat32"
	case "email.header", "email.Header":
		return g.Name == "Header"
	case "email.charset", "email.Charset":
		return g.Name == "Charset"
	case "email.errors", "email.Errors":
		return isDefect(g.Name)
	}
	return false
}

// isMessageClass reports whether g is a class of messages. Python 2.7 still loads
// the module names that email had before 2.5, and ports of Mailman name their
// classes as Mailman did.
func isMessageClass(g *pickle.Global) bool {
	switch g.Module {
	case "Mailman.Message":
		switch g.Name {
		case "Message", "UserNotification", "OwnerNotification":
			return true
		}
	case "mailman.email.message":
		switch g.Name {
		case "Message", "UserNotification", "OwnerNotification", "MultipartDigestMessage":
			return true
		}
	case "email.message", "email.Message":
		return g.Name == "Message"
	case "email.mime.base", "email.MIMEBase":
		return g.Name == "MIMEBase"
	case "email.mime.nonmultipart", "email.MIMENonMultipart":
		return g.Name == "MIMENonMultipart"
	case "email.mime.multipart", "email.MIMEMultipart":
		return g.Name == "MIMEMultipart"
	case "email.mime.message", "email.MIMEMessage":
		return g.Name == "MIMEMessage"
	case "email.mime.text", "email.MIMEText":
		return g.Name == "MIMEText"
	case "email.mime.image", "email.MIMEImage":
		return g.Name == "MIMEImage"
	case "email.mime.audio", "email.MIMEAudio":
		return g.Name == "MIMEAudio"
	case "email.mime.application":
		return g.Name == "MIMEApplication"
	case "mailbox":
		switch g.Name {
		case "Message", "MaildirMessage", "mboxMessage", "MHMessage", "BabylMessage", "MMDFMessage":
			return true
		}
	}
	return false
}

// isDefect reports whether name is a defect that the parsers of Python 2.7 and 3
// note in a message: see email/errors.py.
func isDefect(name string) bool {
	switch name {
	case "MessageDefect", "NoBoundaryInMultipartDefect", "StartBoundaryNotFoundDefect",
		"CloseBoundaryNotFoundDefect", "FirstHeaderLineIsContinuationDefect",
		"MisplacedEnvelopeHeaderDefect", "MissingHeaderBodySeparatorDefect",
		"MalformedHeaderDefect", "MultipartInvariantViolationDefect",
		"InvalidMultipartContentTransferEncodingDefect", "UndecodableBytesDefect",
		"InvalidBase64PaddingDefect", "InvalidBase64CharactersDefect",
		"InvalidBase64LengthDefect", "HeaderDefect", "InvalidHeaderDefect",
		"HeaderMissingRequiredValue", "NonPrintableDefect", "ObsoleteHeaderDefect",
		"NonASCIILocalPartDefect", "InvalidDateDefect":
		return true
	}
	return false
}
