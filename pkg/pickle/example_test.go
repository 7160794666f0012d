package pickle_test

import (
	"fmt"
	"log"
	"os"
	"strings"

	"switchboard/pkg/pickle"
)

// Decode reads a pickle that Python wrote with pickle.dumps. The dictionary is
// {'listid': 'test.example.com', 'received_time': 1700000000.25, 'verp': False}.
func ExampleDecode() {
	data := "\x80\x03}(X\x06\x00\x00\x00listidX\x10\x00\x00\x00test.example.com" +
		"X\x0d\x00\x00\x00received_timeGA\xd9T\xfc@\x10\x00\x00X\x04\x00\x00\x00verp\x89u."
	doc, err := pickle.Decode(strings.NewReader(data), int64(len(data)), 0)
	if err != nil {
		log.Fatal(err)
	}
	dict, ok := doc.Value.(*pickle.Dict)
	if !ok {
		log.Fatal("not a dictionary")
	}
	for _, pair := range dict.Pairs {
		key, _ := pair.Key.(*pickle.String).Short()
		switch v := pair.Value.(type) {
		case *pickle.String:
			text, _ := v.Short()
			fmt.Printf("%s: text %q\n", key, text)
		case pickle.Float:
			fmt.Printf("%s: float %v\n", key, v)
		case pickle.Bool:
			fmt.Printf("%s: bool %v\n", key, v)
		}
	}
	// Output:
	// listid: text "test.example.com"
	// received_time: float 1700000000.25
	// verp: bool false
}

// A pickle that would run a command when Python loads it is harmless: the result
// is a description of the call.
func ExampleDecode_object() {
	data := "cos\nsystem\n(S'rm -r /'\ntR."
	doc, err := pickle.Decode(strings.NewReader(data), int64(len(data)), 0)
	if err != nil {
		log.Fatal(err)
	}
	call := doc.Value.(*pickle.Object)
	fmt.Println(call.How, *call.Callable.(*pickle.Global))
	// Output: REDUCE {os system}
}

func ExampleDisassemble() {
	data := "(dp0\nVlistid\np1\nVtest.example.com\np2\ns."
	if _, err := pickle.Disassemble(os.Stdout, strings.NewReader(data), int64(len(data)), 0); err != nil {
		log.Fatal(err)
	}
	// Output:
	//         0  MARK
	//         1  DICT
	//         2  PUT              "0"
	//         5  UNICODE          "listid"
	//        13  PUT              "1"
	//        16  UNICODE          "test.example.com"
	//        34  PUT              "2"
	//        37  SETITEM
	//        38  STOP
}

// AppendValue writes a whole value. The Target decides how text is written.
func ExampleAppendValue() {
	list := &pickle.List{Items: []pickle.Value{
		pickle.NewString(pickle.Unicode, []byte("ab")), pickle.Int{Small: 3}, pickle.None{},
	}}
	data, err := pickle.AppendValue(nil, list, pickle.Options{Target: pickle.Python3})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%q\n", pickle.AppendStop(data))
	// Output: "](X\x02\x00\x00\x00abK\x03Ne."
}

// A pickle that ends in "key, small number, SETITEM, STOP" can be changed in place:
// LastSet is the offset of the number.
func ExampleDocument_patch() {
	data := pickle.AppendDict(nil)
	data = pickle.AppendByteString(data, "tries")
	data = pickle.AppendInt(data, 1)
	data = pickle.AppendSetItem(data)
	data = pickle.AppendStop(data)

	doc, err := pickle.Decode(strings.NewReader(string(data)), int64(len(data)), 0)
	if err != nil {
		log.Fatal(err)
	}
	if doc.LastSet < 0 || doc.LastKey != "tries" {
		log.Fatal("the pickle does not end with the number of tries")
	}
	// In a file: f.WriteAt([]byte{2}, doc.LastSet).
	data[doc.LastSet] = 2

	doc, err = pickle.Decode(strings.NewReader(string(data)), int64(len(data)), 0)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(doc.Value.(*pickle.Dict).Get("tries"))
	// Output: 2
}
