import Testing

@testable import FerryCLI

@Suite struct JSONFieldsTests {
    private func build(_ fields: [String]) throws -> String {
        var value = JSONFields()
        for field in fields { try value.add(Array(field.utf8)) }
        return String(decoding: value.encoded, as: UTF8.self)
    }

    static let good: [([String], String)] = [
        (["name=alice"], #"{"name":"alice"}"#), (["a:=1", "b=1", "a1:=true"], #"{"a":1,"b":"1","a1":true}"#),
        (["a.b[0].c:=3"], #"{"a":{"b":[{"c":3}]}}"#), ([".a.b=x"], #"{"a":{"b":"x"}}"#),
        (["z=1", "a=2", "z2.y=3", "z2.x=4"], #"{"z":"1","a":"2","z2":{"y":"3","x":"4"}}"#),
        (["a[2]=x", "a[0]=y"], #"{"a":["y",null,"x"]}"#),
        (["a[]=x", "a[]:=2", "a[].b=3"], #"{"a":["x",2,{"b":"3"}]}"#),
        (["[0]=a", "[1].b=c"], #"["a",{"b":"c"}]"#), (["[1][1]:=1"], "[null,[null,1]]"),
        (["a="], #"{"a":""}"#), (["a==b"], #"{"a":"=b"}"#), (["a=:=b"], #"{"a":":=b"}"#),
        (["a:b=c"], #"{"a:b":"c"}"#),
        (["$ref=x", "@type=y", "a-b_c=z", "ä=ö"], #"{"$ref":"x","@type":"y","a-b_c":"z","ä":"ö"}"#),
        ([#""odd. [name]"."q\"x"=1"#], #"{"odd. [name]":{"q\"x":"1"}}"#),
        (["n:= 1.0000000000000000000001E+0400 "], #"{"n":1.0000000000000000000001E+0400}"#),
        ([#"o:={"b": 1, "a": [ ], "b": 2}"#], #"{"o":{"b": 1, "a": [ ], "b": 2}}"#),
        (["t=a\"\\\n\u{1}\u{7F}é"], "{\"t\":\"a\\\"\\\\\\u000a\\u0001\u{7F}é\"}"), ([], "null"),
    ]

    @Test(arguments: good)
    func `fields make a value in their order (T-08)`(fields: [String], expected: String) throws {
        #expect(try build(fields) == expected)
    }

    static let bad: [([String], String)] = [
        (["a"], "'a': = and a text, or := and JSON, belong behind a path"),
        (["a=1", "a.b=2"], "'a.b' makes an object of what 'a' makes a value"),
        (["a.b=1", "a:=2"], "'a' makes a value of what 'a.b' makes an object"),
        (["a[0]=1", "a.b=2"], "'a.b' makes an object of what 'a[0]' makes an array"),
        (["a=1", "[0]=2"], "'[0]' makes an array of what 'a' makes an object"),
        (["a:={}", "a.b=2"], "'a.b' makes an object of what 'a' makes a value"),
        (["x.a=1", "x.a=2"], "'x.a' is there already, as 'x.a'"),
        (["a[0]=1", "\"a\"[0]=1"], "'\"a\"[0]' is there already, as 'a[0]'"),
        (["=1"], "'': a name is missing"), (["a..b=1"], "'a.': a name is missing"),
        (["a.=1"], "'a.': a name is missing"),
        (["a[x]=1"], "'a[': a number, or nothing, and ] belong behind ["),
        (["a[-1]=1"], "'a[': a number, or nothing, and ] belong behind ["),
        (["a[65536]=1"], "'a[65536]': an index is at most 65535"),
        (["a[99999999999999999999]=1"], "'a[99999999999999999999]': an index is at most 65535"),
        (["a[0]b=1"], "'a[0]': a dot, a bracket, = or := must follow"),
        (["\"a=1"], "'\"a=1': the quotation mark is not closed"),
        (["\"\\"], "'\"\\': the quotation mark is not closed"),
        (["\"\\x\"=1"], "'\"\\x\"': the name is no JSON string"),
        (["a:=geheim"], "the value of 'a' is no JSON: at byte 1 'g' cannot stand there"),
        (["a:="], "the value of 'a' is no JSON: at byte 1 it ends too early"),
    ]

    @Test(arguments: bad)
    func `what contradicts itself names both, and no value is shown (T-08)`(fields: [String], problem: String)
    {
        let error = #expect(throws: JSONFieldError.self) { try build(fields) }
        #expect(error?.description == problem)
    }

    @Test func `names and texts are UTF-8, and paths have an end`() {
        for field in [[0x61, 0x3D, 0xFF], [0xFF, 0x3D, 0x61]] as [[UInt8]] {
            #expect(throws: JSONFieldError.self) {
                var fields = JSONFields()
                try fields.add(field)
            }
        }
        #expect(throws: JSONFieldError.self) { try build([String(repeating: "a.", count: 1000) + "a=1"]) }
        #expect(throws: Never.self) { try build(["a" + String(repeating: "[0]", count: 999) + "=1"]) }
    }

    @Test func `options build one body`() throws {
        let settings = try operation(["--json-field", "a=1", "--json-field", "b:=2"])
        #expect(settings.joinedData == Array(#"{"a":"1","b":2}"#.utf8))
        #expect(settings.data.count == 1)
    }
}
