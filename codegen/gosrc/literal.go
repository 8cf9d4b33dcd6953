package gosrc

import (
	"fmt"
	"reflect"

	"github.com/dave/jennifer/jen"
)

// Literal writes a value as Go source: numbers, strings, booleans, slices,
// structs (without zero fields) and pointers to structs. Named types are
// qualified with their package.
func Literal(v any) *jen.Statement { return literal(reflect.ValueOf(v), true) }

// literal writes v; typed says that a composite literal needs its type.
func literal(v reflect.Value, typed bool) *jen.Statement {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return jen.Nil()
		}
		return jen.Op("&").Add(literal(v.Elem(), true))
	case reflect.Slice:
		if v.IsNil() {
			return jen.Nil()
		}
		s := jen.Null()
		if typed {
			s.Add(typeOf(v.Type()))
		}
		elems := make([]jen.Code, v.Len())
		for i := range elems {
			elems[i] = literal(v.Index(i), false)
		}
		if k := v.Type().Elem().Kind(); k == reflect.Struct && len(elems) > 0 {
			return s.Custom(Lines, elems...)
		}
		return s.Values(elems...)
	case reflect.Struct:
		s := jen.Null()
		if typed {
			s.Add(typeOf(v.Type()))
		}
		var fields []jen.Code
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.IsExported() && !v.Field(i).IsZero() {
				fields = append(fields, jen.Id(f.Name).Op(":").Add(literal(v.Field(i), true)))
			}
		}
		return s.Values(fields...)
	case reflect.String:
		return jen.Lit(v.String())
	case reflect.Bool:
		return jen.Lit(v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return jen.Id(fmt.Sprint(v.Int()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return jen.Id(fmt.Sprint(v.Uint()))
	case reflect.Float32, reflect.Float64:
		return jen.Id(fmt.Sprint(v.Float()))
	}
	panic(fmt.Sprintf("gosrc: no literal for %s", v.Type()))
}

// typeOf writes a type.
func typeOf(t reflect.Type) *jen.Statement {
	switch {
	case t.PkgPath() != "":
		return jen.Qual(t.PkgPath(), t.Name())
	case t.Kind() == reflect.Slice:
		return jen.Index().Add(typeOf(t.Elem()))
	case t.Kind() == reflect.Pointer:
		return jen.Op("*").Add(typeOf(t.Elem()))
	}
	return jen.Id(t.Name())
}
